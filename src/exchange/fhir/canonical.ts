import { createHash } from 'node:crypto'
import { type Element, Exact, isObject } from './element.ts'
import { addressOf } from './sources.ts'

/** The SHA-256 of a text, in hexadecimal. */
export function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

/** Takes the place of a member, or leaves it out by undefined. */
type Replace = (key: string, value: unknown) => unknown

/**
 * What a JSON value says, as a text that is the same however its file orders and spaces it: names sorted, numbers
 * without what their spelling adds (77, 77.0 and 7.7e1 are one).
 */
export function canonicalText(value: unknown, replace: Replace = (_, inner) => inner): string {
  if (value instanceof Exact) return plainNumber(value.text)
  if (typeof value === 'number') return plainNumber(String(value))
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  if (Array.isArray(value)) return `[${value.map(one => canonicalText(one, replace)).join()}]`
  const members = Object.entries(value)
    .map(([key, inner]): [string, unknown] => [key, replace(key, inner)])
    .filter(([, inner]) => inner !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, inner]) => `${JSON.stringify(key)}:${canonicalText(inner, replace)}`)
  return `{${members.join()}}`
}

/** What a resource has of its own record, not of what it tells: its ids, its versions, when it was written. */
const OF_RECORD = ['id', 'meta', 'implicitRules', 'language', 'text', 'identifier', 'created']

/**
 * A hash of what a resource tells, the same for two records of one thing: without its ids and dates of record, and
 * without where its references lead, which each file says in its own way.
 */
export function contentOf({ value }: Element): string {
  const told = isObject(value) ? Object.entries(value).filter(([key]) => !OF_RECORD.includes(key)) : []
  return hash(canonicalText(Object.fromEntries(told), (key, inner) => (leadsOut(key, inner) ? undefined : inner)))
}

/** What a resource says with its references as addresses: the same however its file spells them. */
export function resourceText(resource: unknown, base: string | null): string {
  return canonicalText(resource, (key, inner) => (leadsOut(key, inner) ? addressOf(inner, base) : inner))
}

/** The same for what is only ever compared within its file: as its sender writes it, which costs a fraction. */
export function writtenContentOf({ value }: Element): string {
  return hash(JSON.stringify(value))
}

function leadsOut(key: string, value: unknown): value is string {
  return key === 'reference' && typeof value === 'string' && !value.startsWith('#')
}

/** A JSON number as digits and a power of ten. */
function plainNumber(text: string): string {
  const [, sign = '', whole = '', fraction = '', power = '0'] =
    /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(text) ?? []
  const digits = `${whole}${fraction}`.replace(/^0+/, '')
  const short = digits.replace(/0+$/, '')
  if (short === '') return '0'
  return `${sign}${short}e${Number(power) - fraction.length + (digits.length - short.length)}`
}
