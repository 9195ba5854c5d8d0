import type { Diagnosis } from '../../billing/charges.ts'
import { type BundleIndex, isType, resolve } from './bundle-index.ts'
import type { ClaimFacts, ItemFacts } from './claims.ts'
import type { FileFacts } from './facts.ts'
import type { Reference } from './references.ts'

/** The claim's own word on the date of service comes first: explanations of 2019 carry dates years off. */
export function servedOn(
  claim: ClaimFacts,
  item: ItemFacts | undefined,
  facts: FileFacts,
): Temporal.PlainDate | undefined {
  const own = claim.claim === null || claim.startedOn === null ? item?.servicedOn : null
  const encounter = item?.encounter?.target
    ? facts.encounters.get(resolve(facts.index, item.encounter.target) ?? '')
    : undefined
  return own ?? encounter?.startedOn ?? claim.startedOn ?? item?.servicedOn ?? claim.createdOn ?? undefined
}

/** By what the claim's patient is known; null where it names none. */
export function patientOf(claim: ClaimFacts, index: BundleIndex): string | null {
  const target = claim.patient?.target
  return target ? (resolve(index, target) ?? target) : null
}

/** Who gave the care: the claim's word, its explanation's, else the visit's. */
export function clinicianOf(claim: ClaimFacts, explanation: ClaimFacts | null, facts: FileFacts): Reference | null {
  const seen = visitsOf(claim, facts).map(visit => visit.clinician)
  const named = [claim.provider, ...claim.careTeam, explanation?.provider, ...(explanation?.careTeam ?? []), ...seen]
  return firstOf(named, 'Practitioner', facts.index)
}

/** Where it was given. */
export function locationOf(claim: ClaimFacts, explanation: ClaimFacts | null, facts: FileFacts): Reference | null {
  const seen = visitsOf(claim, facts).map(visit => visit.location)
  const named = [claim.provider, claim.facility, explanation?.facility, ...seen]
  return firstOf(named, 'Organization', facts.index) ?? firstOf(named, 'Location', facts.index)
}

function visitsOf(claim: ClaimFacts, facts: FileFacts) {
  return claim.items.flatMap(
    item => facts.encounters.get(resolve(facts.index, item.encounter?.target ?? '') ?? '') ?? [],
  )
}

/** The first reference that leads to this type, inside the file or out of it. */
function firstOf(
  references: readonly (Reference | null | undefined)[],
  type: string,
  index: BundleIndex,
): Reference | null {
  const leads = (target: string) => {
    const source = resolve(index, target)
    return source === null ? new RegExp(`(^|/)${type}[?/]`).test(target) : isType(index, source, type)
  }
  return references.find(one => one?.target && leads(one.target)) ?? null
}

/** The claim's diagnoses of these numbers that have a code. */
export function diagnosesOf(claim: ClaimFacts, facts: FileFacts, wanted: (sequence: number) => boolean): Diagnosis[] {
  return claim.diagnoses.flatMap(one => {
    const what = one.what ?? facts.conditions.get(resolve(facts.index, one.reference?.target ?? '') ?? '')
    return wanted(one.sequence) && what?.code
      ? [{ code: what.code, system: what.system ?? '', display: what.display }]
      : []
  })
}
