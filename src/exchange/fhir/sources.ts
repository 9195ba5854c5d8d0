/**
 * The name under which something is recorded, so that a second file finds it again: a URL, a URN, a hash or a search
 * by identifier means the same everywhere. `Type/id` alone is only its sender's own, and is told apart by its owner.
 */
export function lastingSource(source: string, owner: string): string {
  return /^(https?:|urn:|sha256:)|\?/i.test(source) ? source : `${owner} ${source}`
}

/** The value of a conditional reference such as `Practitioner?identifier=http://hl7.org/fhir/sid/us-npi|9999950899`. */
export function identifierIn(reference: string): { system: string; value: string } | undefined {
  const found = /^[A-Z][A-Za-z]+\?identifier=([^|&]*)\|([^|&]+)$/.exec(reference)
  return found ? { system: found[1] ?? '', value: found[2] ?? '' } : undefined
}
