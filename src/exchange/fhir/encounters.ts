import { conceptOf } from './concepts.ts'
import { child, children, dayOf, type Element } from './element.ts'
import { type Reference, referenceOf } from './references.ts'

/** What billing needs of a FHIR Encounter: when it was, who saw the patient, where. */
export type EncounterFacts = {
  readonly source: string
  readonly title: string | null
  readonly startedOn: Temporal.PlainDate | null
  readonly clinician: Reference | null
  readonly location: Reference | null
  readonly subject: Reference | null
}

/** Reads an Encounter (FHIR R4). */
export function readEncounter(resource: Element, source: string): EncounterFacts {
  const place = children(resource, 'location').map(one => referenceOf(one, 'location'))
  return {
    source,
    title: conceptOf(children(resource, 'type')[0])?.display ?? null,
    startedOn: dayOf(child(resource, 'period'), 'start') ?? null,
    clinician:
      children(resource, 'participant')
        .map(one => referenceOf(one, 'individual'))
        .find(Boolean) ?? null,
    location: referenceOf(resource, 'serviceProvider') ?? place.find(Boolean) ?? null,
    subject: referenceOf(resource, 'subject'),
  }
}
