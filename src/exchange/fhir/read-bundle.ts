import { type Place, Unreadable } from '../unreadable.ts'
import { canonicalText, hash } from './canonical.ts'
import { Exact, isObject, parseExact } from './element.ts'
import { locate, locateError, type Path } from './locate.ts'
import { type Slice, scanJson } from './scan-json.ts'
import { notJson } from './scan-state.ts'
import { entryAddress } from './sources.ts'

/** One entry of a Bundle. */
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

const TOP: Place = { pointer: '', line: 1, column: 1 }
/** The Bundles whose entries are resources as they are now. A history tells of past ones, a response of none. */
const TYPES = ['transaction', 'batch', 'collection', 'searchset', 'document', 'message']

/**
 * Reads the entries of a FHIR R4 Bundle one at a time. Refuses the whole file (`Unreadable`, with the place) when it
 * is not JSON, not a Bundle of a type that carries resources, or when an entry has no resource or text that no
 * database stores (U+0000, half of a surrogate pair).
 */
export async function* readBundle(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Entry> {
  const shell = new Map<string, Slice>()
  let streamed = false
  for await (const slice of scanJson(chunks, 'entry')) {
    const [key, index] = slice.path
    if (typeof index === 'number') {
      if (index === 0 && streamed) throw doubled(slice)
      streamed = true
      if (shell.has('resourceType')) refuseNoBundle(shell)
      yield readEntry(slice, index)
    } else {
      const name = String(key ?? '')
      parse(slice)
      if (shell.has(name) && ['resourceType', 'type', 'entry'].includes(name)) throw doubled(slice)
      if (name === '' || ['resourceType', 'type', 'entry'].includes(name)) shell.set(name, slice)
    }
  }
  refuseNoBundle(shell)
  refuseType(shell)
}

function doubled(slice: Slice): Unreadable {
  return new Unreadable(`The Bundle says "${slice.path[0]}" twice.`, slice.at)
}

function refuseNoBundle(shell: ReadonlyMap<string, Slice>): void {
  const type = shell.get('resourceType')
  const name = type && parse(type)
  if (name === 'Bundle') return
  if (typeof name === 'string' && /^[A-Z][A-Za-z]+$/.test(name))
    throw new Unreadable(
      `This is a single ${name}; Portico reads Bundles. Put it into a Bundle of type "collection".`,
      type?.at ?? null,
    )
  throw new Unreadable('This is JSON, but no FHIR Bundle: it has no resourceType "Bundle".', type?.at ?? TOP)
}

function refuseType(shell: ReadonlyMap<string, Slice>): void {
  const entry = shell.get('entry')
  if (entry) throw new Unreadable('The Bundle\'s "entry" is not a list.', entry.at)
  const type = shell.get('type')
  const name = type && parse(type)
  if (typeof name === 'string' && TYPES.includes(name)) return
  if (!type) throw new Unreadable('The Bundle does not say its type.', TOP)
  const why = ['history', 'transaction-response', 'batch-response'].includes(String(name))
    ? `A Bundle of type "${name}" tells what a server did; Portico reads the resources themselves, of types`
    : `"${String(name).slice(0, 40)}" is not a type of Bundle; Portico reads`
  throw new Unreadable(`${why} ${TYPES.join(', ')}.`, type.at)
}

function readEntry(slice: Slice, index: number): Entry {
  const entry = parse(slice)
  const resource = isObject(entry) ? entry.resource : undefined
  if (!isObject(entry) || !isObject(resource) || typeof resource.resourceType !== 'string')
    throw new Unreadable(`Entry ${index} has no resource.`, locate(slice.text, ['resource'], slice.at))
  if (!/^[A-Z][A-Za-z]{1,60}$/.test(resource.resourceType)) {
    const at = locate(slice.text, ['resource', 'resourceType'], slice.at)
    throw new Unreadable(`Entry ${index} has no type of resource that FHIR knows.`, at)
  }
  refuseText(slice, entry)
  const { fullUrl } = entry
  if (fullUrl !== undefined && (typeof fullUrl !== 'string' || fullUrl.trim() === '' || fullUrl.length > 1000))
    throw new Unreadable(`The fullUrl of entry ${index} is not a URL.`, locate(slice.text, ['fullUrl'], slice.at))
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
        locate(slice.text, path, slice.at),
      )
  }
  if (/[eE][+-]?\d{3}|\d{400}/.test(slice.text)) {
    const path = findPath(parseExact(slice.text), value => value instanceof Exact && !inRange(value.text))
    if (path) throw new Unreadable('This number is beyond any range.', locate(slice.text, path, slice.at))
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

function parse(slice: Slice): unknown {
  try {
    return JSON.parse(slice.text)
  } catch {
    throw notJson('what stands here is not written as JSON', locateError(slice.text, slice.at))
  }
}
