import { Agent, request } from 'node:http'
import { join } from 'node:path'
import type { Practice } from '../../src/practice/practices.ts'
import { type Process, startProcess } from '../../test/support/processes.ts'
import { until } from '../../test/support/settled.ts'
import type { Stand } from '../../test/support/stand.ts'
import { formHeaders, makeVisitor, type Visitor } from '../../test/support/visitors.ts'
import { makePractice } from '../../test/support/world.ts'
import type { ReferencePayment } from './reference.ts'

const BILL = 90_000_000n
export const PAYMENT_CENTS = 1234n

/** So many practices with so many signed-in households each. */
export async function makePayers(
  stand: Stand,
  practices: number,
  households: number,
  slug: string,
): Promise<Visitor[]> {
  const payers: Visitor[] = []
  for (let p = 0; p < practices; p++) {
    const practice: Practice = await makePractice(stand.app, `${slug}-${p}`, {})
    for (let h = 0; h < households; h++) payers.push(await makeVisitor(stand.app, practice, [BILL]))
  }
  return payers
}

/** One request over a kept connection, as a browser's; answers its status. Fetch would cost more than what is measured. */
export function ask(
  url: string,
  { method = 'GET', headers = {}, body = '' }: { method?: string; headers?: Record<string, string>; body?: string },
): Promise<{ status: number; bytes: Buffer }> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { method, agent, headers: { ...headers, 'Content-Length': Buffer.byteLength(body) } })
    sent.once('error', reject)
    sent.once('response', answer => {
      const parts: Buffer[] = []
      answer.on('data', part => parts.push(part))
      answer.once('error', reject)
      answer.once('end', () => resolve({ status: answer.statusCode ?? 0, bytes: Buffer.concat(parts) }))
    })
    sent.end(body)
  })
}

const agent = new Agent({ keepAlive: true, maxSockets: 64 })

/** Pays a part of the payer's bill with a new card, by the form of the page; fails when it is not accepted. */
export async function payByForm(stand: Stand, payer: Visitor): Promise<void> {
  const { status } = await ask(`${stand.config.url}/${payer.practice.slug}/payments`, {
    method: 'POST',
    headers: formHeaders(payer, stand.config.url),
    body: payer.form({ payment: payer.mint(), amount: PAYMENT_CENTS, with: { card: 'pm_card_visa' } }),
  })
  if (status !== 303) throw new Error(`a payment was answered with ${status}`)
}

/** The same payment for the reference, which is told every id. */
export async function referencePayment(stand: Stand, { household, practice }: Visitor): Promise<ReferencePayment> {
  const [found] = await stand.look<{ invoice: string; line: string; connection: string; at: string }>(
    `select l.invoice_id as invoice, l.id as line, c.id as connection, c.processor_account as at
     from billing.invoice_line l join payments.connection c on c.practice_id = l.practice_id
     where l.practice_id = $1 and l.account_id = $2 order by l.open_cents desc limit 1`,
    [practice.id, household.account],
  )
  if (!found) throw new Error('the payer has no bill')
  const { account, patient } = household
  return { practice: practice.id, account, patient, ...found, cents: Number(PAYMENT_CENTS) }
}

/** Starts the bare handlers on a port of their own. */
export async function startReference(stand: Stand, port: number, more: Record<string, string> = {}): Promise<Process> {
  const env = {
    PORT: String(port),
    REFERENCE_DATABASE: stand.superuserUrl,
    REFERENCE_SANDBOX: stand.sandbox.url,
    ...more,
  }
  const program = join(import.meta.dirname, 'reference.ts')
  const process = startProcess('reference', [program], env, join(stand.config.dataFolder, 'log'))
  await until(() => isUp(port), 'the reference answers')
  return process
}

async function isUp(port: number): Promise<true | undefined> {
  return ask(`http://127.0.0.1:${port}/`, {}).then(
    () => true as const,
    () => undefined,
  )
}
