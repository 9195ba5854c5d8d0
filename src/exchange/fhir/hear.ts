import { exactText } from '../../kernel/money.ts'
import type { Answer } from './adjudications.ts'
import { Held, isAnswered } from './bill-line.ts'
import { type ClaimAnswer, isInForce } from './reading.ts'

/** Something to tell of one answer, or of the claim: by what the file calls it, and what about it. */
export type Remark = { readonly of: string; readonly why: string }

/**
 * The answers of a claim that say something, in their order: those of one turn stand together, and nothing says which
 * of them is first. With remarks on those that change nothing; throws `Held` where one cannot be used whatever it says.
 */
export function hear(answers: readonly ClaimAnswer[]): { turns: ClaimAnswer[][]; remarks: Remark[] } {
  const { kept, repeats } = withoutRepeats(answers.filter(each => isInForce(each) && says(each)))
  for (const answer of kept) refuseAnswer(answer)
  return { turns: inOrder(kept), remarks: [...answers.flatMap(remarkOn), ...repeats] }
}

/** Why an answer changes nothing, where it does not. */
function remarkOn(answer: ClaimAnswer): Remark[] {
  const why =
    (answer.status ?? 'active') !== 'active' ? `Its status is "${answer.status}"; it answers nothing.` : undefined
  if (why) return [{ of: answer.source, why }]
  if (!isInForce(answer))
    return [{ of: answer.source, why: `Its outcome is "${answer.outcome}"; it answers nothing yet.` }]
  return says(answer)
    ? []
    : [{ of: answer.source, why: "It names no payment and no part of the patient's; it answers nothing yet." }]
}

/** Whether it says anything, right or wrong, about who pays. */
function says({ lines, header, isAddedTo }: ClaimAnswer): boolean {
  const isSaid = (said: Answer) => isAnswered(said) || said.wrong.length + said.unknown.length > 0
  return isAddedTo || isSaid(header) || lines.some(line => isSaid(line.said) || line.isAnsweredInParts)
}

/** Rule 1: what cannot be used whatever else is said. */
function refuseAnswer({ lines, header, isAddedTo }: ClaimAnswer): void {
  const all = [...lines.map(line => line.said), header]
  const unknown = [...new Set(all.flatMap(said => said.unknown))]
  const wrong = new Set(all.flatMap(said => said.wrong))
  if (unknown.length > 0) wrong.add(`It has amounts of a kind that is not known here: ${unknown.join(', ')}.`)
  if (wrong.size > 0) throw new Held([...wrong].join(' '))
  if (isAddedTo) throw new Held('The insurer answers items of its own, which the claim does not have.')
  if (lines.some(line => line.isAnsweredInParts))
    throw new Held('The insurer answers parts of an item, and not the item.')
}

function withoutRepeats(answers: readonly ClaimAnswer[]): { kept: ClaimAnswer[]; repeats: Remark[] } {
  const first = new Map<string, ClaimAnswer>()
  const repeats: Remark[] = []
  for (const answer of answers) {
    const known = first.get(fingerprint(answer))
    if (known) repeats.push({ of: answer.source, why: `It says the same as ${known.name}.` })
    else first.set(fingerprint(answer), answer)
  }
  return { kept: [...first.values()], repeats }
}

/** All that an answer says of money, and who says it, as one text. */
function fingerprint({ payer, lines, header }: ClaimAnswer): string {
  const said = ({ amounts, reductions, isNoncoveredTheirs }: Answer) => [
    Object.entries(amounts)
      .sort()
      .map(([key, amount]) => [key, exactText(amount)]),
    reductions.map(each => [each.code, exactText(each.amount)]),
    isNoncoveredTheirs,
  ]
  return JSON.stringify([payer, lines.map(line => [line.sequence, said(line.said)]), said(header)])
}

/** Answers by their place among the payers where all say it, else by their day; those of one turn stand together. */
function inOrder(answers: readonly ClaimAnswer[]): ClaimAnswer[][] {
  const ranked = answers.every(each => each.precedence !== null)
  const key = (each: ClaimAnswer) => `${ranked ? String(each.precedence).padStart(9, '0') : ''} ${each.createdOn ?? ''}`
  const turns = Map.groupBy(answers, key)
  return [...turns.keys()].sort().map(each => turns.get(each) ?? [])
}
