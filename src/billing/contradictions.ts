import type { PracticeId } from '../kernel/ids.ts'
import { decimalText, sumCents } from '../kernel/money.ts'
import type { Tx } from '../platform/database.ts'
import type { ClaimLine } from './bill-claim.ts'
import { findClaimCharges, type KnownCharge } from './charges.ts'

type Incoming = { readonly source: string; readonly lines: readonly ClaimLine[] }

const PARTS = [
  ['patientShare', "the patient's share"],
  ['insurancePaid', "the insurance's payment"],
  ['discount', 'the discount'],
  ['charged', 'the charge'],
] as const

/** The claims that say another amount than the books already do, each by its source with the reason in a sentence. */
export async function findContradictions(
  tx: Tx,
  practice: PracticeId,
  claims: readonly Incoming[],
): Promise<Map<string, string>> {
  const known = await findClaimCharges(
    tx,
    practice,
    claims.map(claim => claim.source),
  )
  const found = new Map<string, string>()
  for (const { source, lines } of claims) {
    const why = contradiction(known.get(source) ?? [], lines)
    if (why) found.set(source, why)
  }
  return found
}

function contradiction(known: readonly KnownCharge[], lines: readonly ClaimLine[]): string | undefined {
  const differing = known.flatMap(charge => {
    const line = lines.find(one => one.sequence === charge.sequence)
    return differs(charge, line) ? [{ charge, line }] : []
  })
  for (const [part, name] of PARTS) {
    const ours = sumCents(differing.map(({ charge }) => charge[part]))
    const theirs = sumCents(differing.map(({ line }) => line?.[part] ?? 0n))
    if (ours !== theirs)
      return `It is already in the books with ${decimalText(ours)} as ${name}; this file says ${decimalText(theirs)}. Correct it by hand.`
  }
  if (differing.length === 0) return undefined
  return 'It is already in the books with the same sums, but divided otherwise among its lines. Correct it by hand.'
}

/** A line that waits in the file tells nothing new of one that was answered; one that was answered cannot be gone. */
function differs(charge: KnownCharge, line: ClaimLine | undefined): boolean {
  if (line?.waiting || (!line && charge.waiting)) return false
  if (charge.waiting) return charge.charged !== line?.charged
  return PARTS.some(([part]) => charge[part] !== line?.[part])
}
