import { recordCoverage } from '../insurance/coverages.ts'
import type { Actor } from '../kernel/actor.ts'
import type { ClinicianId, LocationId } from '../kernel/ids.ts'
import type { Tx } from '../platform/database.ts'
import { recordClinician } from '../practice/clinicians.ts'
import { recordLocation } from '../practice/locations.ts'
import type { FileFacts } from './fhir/facts.ts'
import type { FileClaim } from './fhir/map-file.ts'
import { cliniciansOf, insurancesOf, locationsOf, partyKey } from './fhir/parties.ts'
import type { ClaimReading } from './fhir/reading.ts'
import type { Household } from './record-people.ts'

type Recording = {
  facts: FileFacts
  claims: readonly FileClaim[]
  patients: ReadonlyMap<string, Household>
}

/** Records the clinicians, places and insurances of a file, and answers by whom and where each claim's care was given. */
export async function recordParties(tx: Tx, actor: Actor, { facts, claims, patients }: Recording) {
  const readings = claims.map(claim => claim.reading)
  let made = 0
  const clinicians = new Map<string, ClinicianId>()
  const locations = new Map<string, LocationId>()
  for (const [key, clinician] of cliniciansOf(facts, readings)) {
    const recorded = await recordClinician(tx, actor.practice, clinician)
    clinicians.set(key, recorded.id)
    if (recorded.made) made++
  }
  for (const [key, location] of locationsOf(facts, readings)) {
    const recorded = await recordLocation(tx, actor.practice, location)
    locations.set(key, recorded.id)
    if (recorded.made) made++
  }
  const ownerOf = (source: string) => patients.get(source)?.id ?? source
  for (const insurance of insurancesOf(facts, payersOf(claims), ownerOf)) {
    const patient = patients.get(insurance.patient)
    if (patient && (await recordCoverage(tx, actor.practice, { ...insurance, patient: patient.id }))) made++
  }
  const of = ({ clinician, location }: ClaimReading) => ({
    clinician: clinicians.get(partyKey(facts, clinician) ?? '') ?? null,
    location: locations.get(partyKey(facts, location) ?? '') ?? null,
  })
  return { of, made }
}

/** Who insures whom, by the claims of which it is known whose they are. */
function payersOf(claims: readonly FileClaim[]) {
  return claims.flatMap(({ case: { held }, reading: { patient, payer } }) =>
    held === null && patient !== null ? [{ patient, payer: payer.name }] : [],
  )
}
