import { type Place, pointerOf, Unreadable } from '../unreadable.ts'
import { canonicalText, hash } from './canonical.ts'
import { Exact, isObject, parseExact } from './element.ts'
import { locate, locateError, type Path } from './locate.ts'
import type { Slice } from './scan-json.ts'
import { notJson } from './scan-state.ts'
import { entryAddress } from './sources.ts'
import { refuseVersion } from './versions.ts'

/** One resource of a file, as a Bundle's entry has it. */
export type Entry = {
  readonly index: number
  /** By what the resource is known, however it is addressed: a UUID, a URL, `Type/id`, else a hash of what it says. */
  readonly source: string
  /** What the file calls it: its fullUrl, else `Type/id`. */
  readonly name: string
  readonly fullUrl: string | null
  readonly type: string
  readonly id: string | null
  readonly resource: Readonly<Record<string, unknown>>
  /** The entry as the file writes it, and where it begins. */
  readonly text: string
  readonly at: Place
}

/** What stands before and after a resource that a line has alone, so that it reads as an entry. */
const BEFORE = '{"resource":'
const AFTER = '}'

/** A line with one resource as an entry. */
export function lineEntry(line: string, number: number, index: number): Entry {
  const resource = parse({ path: [], text: line, at: { pointer: '', line: number, column: 1 } })
  const at = { pointer: '', line: number, column: 1 - BEFORE.length }
  return readEntry({ path: [], text: `${BEFORE}${line}${AFTER}`, at }, index, { resource })
}

/** The place of what stands at a path in an entry, as its file has it. */
export function placeIn({ text, at }: Pick<Entry, 'text' | 'at'>, path: Path): Place {
  const found = locate(text, path, at)
  return at.column < 1 ? { ...found, column: Math.max(1, found.column), pointer: pointerOf(path.slice(1)) } : found
}

/** Why a file whose answers come as this type is refused: a claim that it answers would wait for ever. */
export const CLAIM_RESPONSE =
  'The answers in this file are ClaimResponses; Portico reads an ExplanationOfBenefit for each. Ask the sending system for those.'

/** Reads one entry; refuses what is no resource, and text that no database stores. */
export function readEntry(slice: Slice, index: number, entry: unknown = parse(slice)): Entry {
  const resource = isObject(entry) ? entry.resource : undefined
  if (!isObject(entry) || !isObject(resource) || typeof resource.resourceType !== 'string')
    throw new Unreadable(`Entry ${index} has no resource.`, placeIn(slice, ['resource']))
  if (!/^[A-Z][A-Za-z]{1,60}$/.test(resource.resourceType)) {
    const at = placeIn(slice, ['resource', 'resourceType'])
    throw new Unreadable(`Entry ${index} has no type of resource that FHIR knows.`, at)
  }
  if (resource.resourceType === 'ClaimResponse')
    throw new Unreadable(CLAIM_RESPONSE, placeIn(slice, ['resource', 'resourceType']))
  refuseText(slice, entry)
  refuseVersion(resource, () => placeIn(slice, ['resource']))
  const { fullUrl } = entry
  if (fullUrl !== undefined && (typeof fullUrl !== 'string' || fullUrl.trim() === '' || fullUrl.length > 1000))
    throw new Unreadable(`The fullUrl of entry ${index} is not a URL.`, placeIn(slice, ['fullUrl']))
  const type = resource.resourceType
  const id = typeof resource.id === 'string' && resource.id.length <= 200 ? resource.id : null
  const source = entryAddress(fullUrl ?? null, type, id) ?? `sha256:${hash(canonicalText(resource))}`
  const name = fullUrl ?? (id === null ? source : `${type}/${id}`)
  return { index, source, name, fullUrl: fullUrl ?? null, type, id, resource, text: slice.text, at: slice.at }
}

/** What PostgreSQL cannot store is refused by name: U+0000, lone surrogates (reliability 15), numbers beyond its range. */
function refuseText(slice: Slice, entry: unknown): void {
  if (/\\u(?:0000|[dD][89a-fA-F])/.test(slice.text)) {
    const path = findPath(entry, value => typeof value === 'string' && (value.includes('\0') || !value.isWellFormed()))
    if (path)
      throw new Unreadable(
        'This text holds a character that does not exist (U+0000, or half of a surrogate pair).',
        placeIn(slice, path),
      )
  }
  if (/(?:"\s*:|[,[])\s*-?\d[\d.]*(?:[eE][+-]?\d{3}|\d{400})/.test(slice.text)) {
    const path = findPath(parseExact(slice.text), value => value instanceof Exact && !inRange(value.text))
    if (path) throw new Unreadable('This number is beyond any range.', placeIn(slice, path))
  }
}

function inRange(number: string): boolean {
  return number.length < 400 && Math.abs(Number(/[eE]([+-]?\d+)$/.exec(number)?.[1] ?? 0)) < 400
}

function findPath(value: unknown, wrong: (value: unknown) => boolean, path: Path = []): Path | undefined {
  if (wrong(value)) return path
  if (typeof value !== 'object' || value === null || value instanceof Exact) return undefined
  for (const [key, inner] of Object.entries(value)) {
    const step = Array.isArray(value) ? Number(key) : key
    const found = wrong(key) ? path : findPath(inner, wrong, [...path, step])
    if (found) return found
  }
  return undefined
}

/** The value of a slice; refuses what is no JSON, with the place. */
export function parse(slice: Slice): unknown {
  try {
    return JSON.parse(slice.text)
  } catch {
    throw notJson('what stands here is not written as JSON', locateError(slice.text, slice.at))
  }
}
