import { type Place, Unreadable } from '../unreadable.ts'
import { isObject } from './element.ts'

/** The versions of FHIR that are R4 or read as it is. */
const READ = /^4\.(0|1|3)(\.\d+)?$/
const NAMES: Readonly<Record<string, string>> = {
  DSTU2: '1.0',
  STU3: '3.0',
  R4: '4.0',
  R4B: '4.3',
  R5: '5.0',
  R6: '6.0',
}
/** A definition of FHIR itself, whose address may name the version, before or behind. */
const DEFINITION =
  /^https?:\/\/(?:www\.)?hl7\.org\/fhir\/(?:(\d+\.\d+(?:\.\d+)?|[A-Z0-9]+)\/)?StructureDefinition\/[A-Za-z]+(?:\|(\d+(?:\.\d+)+))?$/i

/** Refuses a resource that says it is of another version of FHIR than R4, by `fhirVersion` or by a profile of FHIR's own. */
export function refuseVersion(resource: Readonly<Record<string, unknown>>, at: () => Place): void {
  const other = saidVersions(resource).find(version => !READ.test(version))
  if (other) throw new Unreadable(`This is FHIR ${other}; Portico reads FHIR R4. Ask the sending system for R4.`, at())
}

function saidVersions({ fhirVersion, meta }: Readonly<Record<string, unknown>>): string[] {
  const profiles = isObject(meta) && Array.isArray(meta.profile) ? meta.profile : []
  const named = profiles.flatMap(profile => {
    const [, before, behind] = (typeof profile === 'string' && DEFINITION.exec(profile)) || []
    return behind ?? (before && (NAMES[before.toUpperCase()] ?? before)) ?? []
  })
  return [fhirVersion, ...named]
    .flat()
    .filter(version => typeof version === 'string' && /^\d+\.\d+/.test(version)) as string[]
}
