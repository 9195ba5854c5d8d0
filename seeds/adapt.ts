import { parseDay } from '../src/kernel/dates.ts'
import type { Role } from './cast.ts'

type Json = string | boolean | null | RawNumber | Json[] | { [key: string]: Json }
/** A number as its file writes it. */
type RawNumber = { readonly rawJSON: string }
type Resource = { [key: string]: Json }
type Bundle = { entry: { fullUrl: string; resource: Resource }[] }

type Reviver = (key: string, value: unknown, context: { source: string }) => unknown
const raw = JSON as unknown as {
  parse(text: string, reviver: Reviver): Bundle
  rawJSON(text: string): RawNumber
  isRawJSON(value: unknown): value is RawNumber
}

/** Synthea's older files name kinds of insurance where a payer should stand. */
const PAYERS: Readonly<Record<string, string>> = {
  private: 'Bay State Health Plan',
  medicare: 'Medicare',
  medicaid: 'Medicaid',
}

/** A record as a role's: its text, by how many days its dates moved, and what its patient is called by in the file. */
export type Adapted = { readonly text: string; readonly days: number; readonly source: string }

/**
 * A Synthea record as the role takes it over: its person's name and gender, digits dropped from names, places in title
 * case, every date moved by one whole number of days so that the newest claim lies where the role wants it. Source ids
 * and amounts stay as they are.
 */
export function adapt(text: string, role: Role, today: Temporal.PlainDate): Adapted {
  const bundle = raw.parse(text, (_key, value, { source }) => (typeof value === 'number' ? raw.rawJSON(source) : value))
  const days = newestClaim(bundle).until(today.subtract({ days: role.newestClaimDaysAgo }), { largestUnit: 'day' }).days
  const kept = { ...bundle, entry: bundle.entry.filter(entry => keeps(role, entry)) }
  const spoken = patientName(bundle)
  const change = rewriter(role, spoken, mover(days))
  const entries = kept.entry.map(({ resource, ...entry }) => ({
    ...entry,
    resource: person(role, rewrite(resource, change)),
  }))
  const source = bundle.entry.find(({ resource }) => resource.resourceType === 'Patient')?.fullUrl ?? ''
  return { text: JSON.stringify({ ...kept, entry: entries }), days, source }
}

function newestClaim({ entry }: Bundle): Temporal.PlainDate {
  const dates = entry
    .filter(({ resource }) => resource.resourceType === 'Claim')
    .map(({ resource }) => String(resource.created))
  const newest = parseDay(
    dates
      .map(date => date.slice(0, 10))
      .sort()
      .at(-1) ?? '',
  )
  if (!newest) throw new Error('a record of the demo has no claim')
  return newest
}

function keeps({ claims }: Role, { fullUrl, resource }: Bundle['entry'][number]): boolean {
  if (!claims) return true
  const asked = resource.claim as { reference?: string } | undefined
  const claim =
    resource.resourceType === 'Claim'
      ? fullUrl
      : resource.resourceType === 'ExplanationOfBenefit'
        ? asked?.reference
        : undefined
  if (!claim) return true
  return 'only' in claims ? claims.only.includes(claim) : !claims.without.includes(claim)
}

/** The record's person as its other resources call them. */
function patientName({ entry }: Bundle): string {
  const patient = entry.find(({ resource }) => resource.resourceType === 'Patient')?.resource
  const [name] = (patient?.name ?? []) as { given: string[]; family: string }[]
  return withoutDigits(`${name?.given.join(' ')} ${name?.family}`)
}

/** The Patient itself: called, addressed and described as the role is. */
function person(role: Role, resource: Json): Json {
  const patient = resource as Resource
  if (patient.resourceType !== 'Patient') return resource
  const { givenName, familyName, gender, email } = role
  const telecom = [...((patient.telecom ?? []) as Json[]), ...(email ? [{ system: 'email', value: email }] : [])]
  const extension = ((patient.extension ?? []) as Resource[]).map(one =>
    String(one.url).endsWith('us-core-birthsex') ? { ...one, valueCode: gender === 'female' ? 'F' : 'M' } : one,
  )
  const name = [{ use: 'official', family: familyName, given: givenName.split(' ') }]
  const address = role.address ? [role.address] : (patient.address ?? [])
  return { ...patient, name, gender, telecom, extension, address }
}

type Change = (text: string, key: string, parent: Resource | undefined) => string

function rewrite(value: Json, change: Change, key = '', parent?: Resource): Json {
  if (typeof value === 'string') return change(value, key, parent)
  if (value === null || typeof value !== 'object' || raw.isRawJSON(value)) return value
  if (Array.isArray(value)) return value.map(one => rewrite(one, change, key, parent))
  const object = value as Resource
  return Object.fromEntries(Object.entries(object).map(([name, inner]) => [name, rewrite(inner, change, name, object)]))
}

function rewriter(role: Role, from: string, move: (text: string) => string): Change {
  const to = `${role.givenName} ${role.familyName}`
  const payers = { ...PAYERS, ...role.payers }
  const words = (text: string) => withoutDigits(text).replaceAll(from, to)
  return (text, key, parent) => {
    if (/^\d{4}-\d\d-\d\d(T|$)/.test(text)) return move(text)
    if (key === 'data' && String(parent?.contentType).startsWith('text/plain'))
      return note(text, each => move(words(each)))
    if (key === 'display' || key === 'text' || key === 'name') return payers[text] ?? titleCase(words(text))
    return key === 'reference' || key === 'fullUrl' || key === 'id' ? text : words(text)
  }
}

/** Moves every whole date in a text by this many days; what follows a date, its time, stays. */
function mover(days: number): (text: string) => string {
  const moved = new Map<string, string>()
  const move = (date: string) => {
    const known = moved.get(date) ?? Temporal.PlainDate.from(date).add({ days }).toString()
    moved.set(date, known)
    return known
  }
  return text => text.replace(/\b\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])(?!\d)/g, move)
}

function note(base64: string, change: (text: string) => string): string {
  return Buffer.from(change(Buffer.from(base64, 'base64').toString('utf8'))).toString('base64')
}

/** "Edythe31 Morar593" without the digits that mark a made-up name. */
function withoutDigits(text: string): string {
  return text.replace(/(?<![\p{L}\d])(\p{Lu}[\p{L}'’]*\p{Ll})\d{1,4}(?![\p{L}\d])/gu, '$1')
}

/** "MORTON HOSPITAL" as a sign would have it; what is not all capitals stays. */
function titleCase(text: string): string {
  if (!/^[A-Z][A-Z\d .,&'-]{5,}$/.test(text)) return text
  const cased = text
    .replace(/,\s*THE$/, '')
    .toLowerCase()
    .replace(/(^|[\s,&-])([a-z])/g, (_, before: string, letter: string) => before + letter.toUpperCase())
  return cased
    .replace(/\b(Pc|Ot|Pllc|Md)\b/g, word => word.toUpperCase())
    .replace(/\b(And|Of|The)\b/g, word => word.toLowerCase())
    .replace(/[ -]+$/, '')
}
