const UUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i
/** `[base]/Type/id`, with or without base and version (FHIR R4, references: literal). */
const RESTFUL =
  /^((?:[Hh][Tt][Tt][Pp][Ss]?:\/\/[^?#]*\/)?)([A-Z][A-Za-z]+)\/([A-Za-z0-9.-]{1,64})(?:\/_history\/[^/]+)?$/

/**
 * The one address of a resource, however it is spelled: a UUID means the same under every address; any other id means
 * something only under its base, and without one only within its file. `base` is that of the entry which names it
 * (FHIR R4, Bundle, resolving references).
 */
export function addressOf(url: string, base: string | null = null): string {
  if (/^urn:uuid:/i.test(url)) return url.toLowerCase()
  const restful = RESTFUL.exec(url)
  if (!restful) return url
  const [, own, type, id = ''] = restful
  if (UUID.test(id)) return `urn:uuid:${id.toLowerCase()}`
  return `${own ? sameBase(own) : (base ?? '')}${type}/${id}`
}

/** The base under which an entry's relative references are read: its fullUrl's, where that is one of a server. */
export function baseOf(fullUrl: string | null): string | null {
  const base = RESTFUL.exec(fullUrl ?? '')?.[1]
  return base ? sameBase(base) : null
}

/** A server is the same by http and https, and its name has no case. */
function sameBase(base: string): string {
  return base.replace(/^https?:\/\/[^/]*/i, host => host.toLowerCase().replace(/^http:/, 'https:'))
}

/** By what an entry is known: its id where that is a UUID, else its fullUrl, else `Type/id`; undefined where it has none. */
export function entryAddress(fullUrl: string | null, type: string, id: string | null): string | undefined {
  const own = id === null ? undefined : addressOf(`${type}/${id}`)
  if (fullUrl === null) return own
  return own?.startsWith('urn:') && !RESTFUL.test(fullUrl) ? own : addressOf(fullUrl)
}

/** `Type/id` of an address under a base, which other entries may say without one; undefined for any other. */
export function bareOf(address: string): string | undefined {
  const restful = RESTFUL.exec(address)
  return restful?.[1] ? `${restful[2]}/${restful[3]}` : undefined
}

/** Whether an address means the same in every file: a URL, a URN or a search by identifier does. */
export function isLasting(address: string): boolean {
  return /^(https?:|urn:)|\?/i.test(address)
}

/** The name under which something is recorded, so that a second file finds it again; what is its sender's own is told apart by its owner. */
export function lastingSource(source: string, owner: string): string {
  return isLasting(source) ? source : `${owner} ${source}`
}

/** The value of a conditional reference such as `Practitioner?identifier=http://hl7.org/fhir/sid/us-npi|9999950899`. */
export function identifierIn(reference: string): { system: string; value: string } | undefined {
  const found = /^[A-Z][A-Za-z]+\?identifier=([^|&]*)\|([^|&]+)$/.exec(reference)
  return found ? { system: found[1] ?? '', value: found[2] ?? '' } : undefined
}
