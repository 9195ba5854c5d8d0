import { parseArgs } from 'node:util'
import { readRow } from '../audit/reads.ts'
import { findInvoice } from '../billing/invoices.ts'
import { answerHeld, type HeldOrder } from '../exchange/answer-held.ts'
import { HELD_ANSWERS, type HeldClaim, listHeldClaims } from '../exchange/held-claims.ts'
import { type SystemActor, system, wholePractice } from '../kernel/actor.ts'
import { isId } from '../kernel/ids.ts'
import { type Cents, decimalText } from '../kernel/money.ts'
import type { App } from '../platform/app.ts'
import { rows, transact } from '../platform/database.ts'
import { Trouble } from '../platform/trouble.ts'
import type { Io } from './command.ts'
import { practiceOf } from './practice-of.ts'

export type HeldWish = { readonly practice: string; readonly order: HeldOrder | undefined }

const OPTIONS = {
  practice: { type: 'string' },
  share: { type: 'string', multiple: true, default: [] as string[] },
  insurance: { type: 'string', multiple: true, default: [] as string[] },
  patient: { type: 'string' },
  reason: { type: 'string' },
} as const

/** Reads what stands behind `import held`: nothing to list, or one answer. */
export function readHeldWish(args: string[]): HeldWish {
  const { values, positionals } = parseArgs({ args, options: OPTIONS, allowPositionals: true })
  const [verb, claim, word, ...more] = positionals
  const { practice, reason, patient } = values
  if (!practice) throw new Trouble('Name the practice: --practice S.')
  if (verb === undefined) return { practice, order: undefined }
  const answer = HELD_ANSWERS.find(each => each === word)
  if (verb !== 'answer' || !claim || !answer || more.length > 0)
    throw new Trouble('It is portico import held answer CLAIM bill|not-theirs|leave --practice S … --reason R.')
  if (reason === undefined) throw new Trouble('Say why: --reason R.')
  if (patient !== undefined && !isId('pat', patient))
    throw new Trouble(`--patient takes a patient's id, not ${patient}.`)
  const [shares, insurance] = [readAmounts('share', values.share), readAmounts('insurance', values.insurance)]
  return { practice, order: { claim, answer, shares, insurance, patient, reason } }
}

function readAmounts(option: string, pairs: readonly string[]): Map<number, Cents> {
  const found = new Map<number, Cents>()
  for (const pair of pairs) {
    const [, line, whole = '', part = ''] = /^(\d{1,9})=(\d{1,9})(?:\.(\d{1,2}))?$/.exec(pair) ?? []
    if (line === undefined) throw new Trouble(`--${option} takes a line and an amount, such as 1=50.00, not ${pair}.`)
    if (found.has(Number(line))) throw new Trouble(`--${option} names line ${line} twice.`)
    found.set(Number(line), BigInt(whole) * 100n + BigInt(part.padEnd(2, '0')))
  }
  return found
}

/** Lists the claims that wait for staff, or gives the answer to one. Answers with the exit status. */
export async function held(app: App, { practice: slug, order }: HeldWish, io: Io): Promise<number> {
  const practice = await practiceOf(app, slug)
  const actor = system(practice.id, 'command line')
  return order ? answer(app, actor, order, io) : list(app, actor, io)
}

async function list(app: App, actor: SystemActor, io: Io): Promise<number> {
  const found = await transact(app.db, wholePractice(actor.practice), async tx => {
    await rows(tx, readRow(actor, { what: 'held.list' }))
    return listHeldClaims(tx, actor)
  })
  if (io.json) io.print(JSON.stringify(found.map(plain)))
  else for (const line of found.flatMap(told)) io.print(line)
  return 0
}

const text = (cents: Cents | null) => (cents === null ? null : decimalText(cents))

function plain({ servicedOn, lines, ...claim }: HeldClaim) {
  return {
    ...claim,
    on: servicedOn?.toString() ?? null,
    lines: lines.map(({ sequence, title, item, servicedOn, charged, insurance, said }) => ({
      line: sequence,
      title,
      code: item?.code ?? null,
      units: item?.units ?? 1,
      on: servicedOn?.toString() ?? null,
      charged: text(charged),
      insurance: text(insurance),
      said,
    })),
  }
}

function told({ claim, person, title, servicedOn, why, lines }: HeldClaim): string[] {
  const who = [person ?? 'nobody known', title, servicedOn?.toString()].filter(Boolean).join(', ')
  return [
    `${claim}: ${who}`,
    `  ${why}`,
    ...lines.map(
      line =>
        `  line ${line.sequence}: ${line.title}: charged ${text(line.charged) ?? 'in doubt'}, insurance ${text(line.insurance) ?? 'in doubt'}${line.said ? ` (${line.said})` : ''}`,
    ),
  ]
}

async function answer(app: App, actor: SystemActor, order: HeldOrder, io: Io): Promise<number> {
  const { claim, invoice } = await answerHeld(app, actor, order)
  const bill = invoice
    ? await transact(app.db, wholePractice(actor.practice), tx => findInvoice(tx, actor.practice, invoice))
    : undefined
  const made = bill ? { number: bill.number, total: decimalText(bill.total) } : { number: null, total: null }
  if (io.json) io.print(JSON.stringify({ claim, answer: order.answer, ...made }))
  else
    io.print(
      bill ? `${claim}: billed, ${bill.number}, ${decimalText(bill.total)}.` : `${claim}: answered, nothing is billed.`,
    )
  return 0
}
