import type { Address } from '../../practice/practices.ts'
import { resolve } from './bundle-index.ts'
import type { FileFacts } from './facts.ts'
import { nameOf } from './payers.ts'
import { type ClinicianFacts, NPI } from './people.ts'
import type { ClaimReading } from './reading.ts'
import type { Reference } from './references.ts'
import { identifierIn, lastingSource } from './sources.ts'

export type LocationFacts = {
  readonly source: string
  readonly name: string
  readonly phone: string | null
  readonly address: Address
}

/** An insurance that a patient has or had, by the patient's source. */
export type InsuranceFacts = {
  readonly source: string
  readonly patient: string
  readonly payer: string
  readonly memberId: string | null
  readonly status: string | null
}

/** By what the file's bills name a person or place: an entry's source, or the reference that leads out of the file. */
export function partyKey(facts: FileFacts, reference: Reference | null): string | null {
  const target = reference?.target ?? null
  return target === null ? null : (resolve(facts.index, target) ?? target)
}

/** The clinicians of a file by key: its own Practitioners, and those outside it that its bills name. */
export function cliniciansOf(
  facts: FileFacts,
  bills: readonly Pick<ClaimReading, 'clinician'>[],
): Map<string, ClinicianFacts> {
  const found = new Map<string, ClinicianFacts>()
  for (const [key, one] of facts.clinicians) found.set(key, { ...one, source: lastingSource(key, one.name) })
  for (const { clinician } of bills) {
    const key = partyKey(facts, clinician)
    if (key === null || found.has(key)) continue
    const identifier = identifierIn(key)
    const npi = identifier?.system === NPI ? identifier.value : null
    const name = displayOf(facts, clinician) ?? (npi ? `NPI ${npi}` : (identifier?.value ?? clinician?.named ?? key))
    found.set(key, { source: lastingSource(key, name), name, npi, credentials: null })
  }
  return found
}

/** The places of a file by key: its Organizations that give care, and those outside it that its bills name. */
export function locationsOf(
  facts: FileFacts,
  bills: readonly Pick<ClaimReading, 'location'>[],
): Map<string, LocationFacts> {
  const found = new Map<string, LocationFacts>()
  for (const [key, { insurer, ...one }] of facts.organizations)
    if (!insurer) found.set(key, { ...one, source: lastingSource(key, one.name) })
  for (const { location } of bills) {
    const key = partyKey(facts, location)
    if (key === null || found.has(key)) continue
    const name = displayOf(facts, location) ?? identifierIn(key)?.value ?? location?.named ?? key
    found.set(key, { source: lastingSource(key, name), name, phone: null, address: {} })
  }
  return found
}

/** The insurances of a file: its Coverages, and the payers that claims name without one. */
export function insurancesOf(
  facts: FileFacts,
  bills: readonly { readonly patient: string; readonly payer: string | null }[],
  ownerOf: (patient: string) => string,
): InsuranceFacts[] {
  const found = new Map<string, InsuranceFacts>()
  const named = new Set<string>()
  for (const coverage of facts.coverages.values()) {
    const patient = partyKey(facts, coverage.beneficiary)
    const payer = nameOf(coverage.payor, facts) ?? coverage.plan
    if (patient === null || payer === null || coverage.selfPay) continue
    const { memberId, status } = coverage
    found.set(coverage.source, {
      source: lastingSource(coverage.source, ownerOf(patient)),
      patient,
      payer,
      memberId,
      status,
    })
    named.add(`${patient}#${payer}`)
  }
  for (const { patient, payer } of bills) {
    const source = `${ownerOf(patient)}#${payer}`
    if (payer !== null && !named.has(`${patient}#${payer}`))
      found.set(source, { source, patient, payer, memberId: null, status: null })
  }
  return [...found.values()]
}

function displayOf(facts: FileFacts, reference: Reference | null): string | undefined {
  return reference?.display ?? facts.displays.get(reference?.target ?? '')
}
