import type { ClaimLine } from '../../billing/bill-claim.ts'
import { type Cents, decimalText, MOST_CENTS } from '../../kernel/money.ts'
import { Refusal } from '../../kernel/refusal.ts'
import type { HeldLine } from './held-lines.ts'

/** What staff typed of a held claim's lines, by their numbers, in cents. */
export type Typed = { readonly shares: ReadonlyMap<number, Cents>; readonly insurance: ReadonlyMap<number, Cents> }

/**
 * A held claim's lines with the share that staff typed for each: insurance as its answer says, or typed where that is in
 * doubt; the rest is adjustments. Refuses what does not add up, and what names no line or leaves one out.
 */
export function priceHeld(lines: readonly HeldLine[], typed: Typed, on: Temporal.PlainDate): ClaimLine[] {
  const known = new Set(lines.map(line => line.sequence))
  for (const line of [...typed.shares.keys(), ...typed.insurance.keys()])
    if (!known.has(line)) throw new Refusal('invalid', 'held.line', { line })
  return lines.map(line => {
    const share = typed.shares.get(line.sequence)
    if (share === undefined) throw new Refusal('invalid', 'held.share', { line: line.sequence })
    return priced(line, { share, insurance: insuranceOf(line, typed) }, on)
  })
}

/** The lines with nothing of them the patient's; undefined where it cannot be told what insurance paid. */
export function priceForNobody(lines: readonly HeldLine[], on: Temporal.PlainDate): ClaimLine[] | undefined {
  const priced: ClaimLine[] = []
  for (const line of lines) {
    if (line.charged === null || line.insurance === null) return undefined
    priced.push(lineOf(line, { charged: line.charged, insurance: line.insurance, share: 0n }, on))
  }
  return priced
}

function insuranceOf({ sequence, insurance }: HeldLine, typed: Typed): Cents {
  const said = typed.insurance.get(sequence)
  if (insurance !== null && said !== undefined && said !== insurance)
    throw new Refusal('invalid', 'held.insuranceSaid', { line: sequence, amount: decimalText(insurance) })
  const paid = insurance ?? said
  if (paid === undefined) throw new Refusal('invalid', 'held.insurance', { line: sequence })
  return paid
}

function priced(
  line: HeldLine,
  { share, insurance }: { share: Cents; insurance: Cents },
  on: Temporal.PlainDate,
): ClaimLine {
  const charged = line.charged ?? share + insurance
  if (share + insurance > charged)
    throw new Refusal('invalid', 'held.tooMuch', { line: line.sequence, charged: decimalText(charged) })
  if (charged > MOST_CENTS)
    throw new Refusal('invalid', 'held.tooMuch', { line: line.sequence, charged: decimalText(MOST_CENTS) })
  return lineOf(line, { charged, insurance, share }, on)
}

function lineOf(
  { sequence, item, title, servicedOn }: HeldLine,
  { charged, insurance, share }: { charged: Cents; insurance: Cents; share: Cents },
  on: Temporal.PlainDate,
): ClaimLine {
  return {
    sequence,
    code: item?.code ?? null,
    codeSystem: item?.codeSystem ?? null,
    description: title,
    units: sequence === 0 ? 1 : (item?.units ?? 1),
    servicedOn: servicedOn ?? on,
    diagnoses: item?.diagnoses ?? [],
    charged,
    insurancePaid: insurance,
    discount: charged - insurance - share,
    patientShare: share,
    waiting: false,
  }
}
