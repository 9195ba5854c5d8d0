import { isType, resolve } from './bundle-index.ts'
import type { ClaimFacts } from './claims.ts'
import { type CoverageFacts, saysNobody } from './coverages.ts'
import type { FileFacts } from './facts.ts'
import type { Reference } from './references.ts'

/** Who insures a claim: `insured` is false where nobody does, and `name` is null where nobody is named. */
export type Payer = { readonly insured: boolean; readonly name: string | null }

/** The payer of a claim: what its coverage says, else its explanation's, else the insurer either names. */
export function payerOf(claim: ClaimFacts, explanation: ClaimFacts | null, facts: FileFacts): Payer {
  const coverage = claim.coverage ?? explanation?.coverage ?? null
  const known = coverageFacts(claim, explanation, facts)
  const insurer = claim.insurer ?? explanation?.insurer ?? null
  if (known?.selfPay || (!insurer && paidBySelf(known, facts))) return { insured: false, name: null }
  const name =
    coverage?.display ??
    nameOf(known?.payor ?? null, facts) ??
    known?.plan ??
    nameOf(insurer, facts) ??
    nameOf(coverage, facts)
  if (name === null || saysNobody(name)) return { insured: false, name: null }
  return { insured: true, name }
}

/** The coverage a claim names, as an entry of the file or contained in the claim. */
function coverageFacts(claim: ClaimFacts, explanation: ClaimFacts | null, facts: FileFacts): CoverageFacts | null {
  for (const one of [claim, explanation]) {
    const entry = facts.coverages.get(resolve(facts.index, one?.coverage?.target ?? '') ?? '')
    if (entry ?? one?.containedCoverage) return entry ?? one?.containedCoverage ?? null
  }
  return null
}

/** A coverage whose payor is its own beneficiary insures nothing. */
function paidBySelf(coverage: CoverageFacts | null, facts: FileFacts): boolean {
  const payor = coverage?.payor?.target
  return payor ? isType(facts.index, resolve(facts.index, payor), 'Patient') : false
}

/** What the file calls a payer: its display, its Organization's name, else how it is identified. */
export function nameOf(reference: Reference | null, facts: FileFacts): string | null {
  if (!reference) return null
  const organization = facts.organizations.get(resolve(facts.index, reference.target ?? '') ?? '')
  const named = reference.named?.startsWith('#') ? null : reference.named
  return reference.display ?? organization?.name ?? reference.identifier ?? named
}
