import type { Entry } from './entry.ts'
import type { Path } from './locate.ts'
import { addressOf, bareOf, baseOf } from './sources.ts'

type Named = { readonly reference: string }
/** Where in an entry something stands: its path, or the reference that stands there, whose path is looked up when it is asked for. */
export type Where = Path | Named

/** A reference that must lead somewhere, met before what it leads to; `types` when only some will do. */
type Awaited = {
  readonly target: string
  /** The reference as the file writes it. */
  readonly named: string
  readonly types: readonly string[] | null
  readonly entry: number
  readonly path: Where
}

/** What is in a Bundle, by the names under which its own references find it. */
export type BundleIndex = {
  /** The types of the entries that have this address: several where two resources share a UUID. */
  readonly types: Map<string, readonly string[]>
  /** What the file calls its entries. */
  readonly names: Set<string>
  /** `Type/id` to source; null when two entries share it. */
  readonly aliases: Map<string, string | null>
  /** The types whose fullUrls are themselves `Type/id`, so that such a reference means one of this Bundle's own. */
  readonly addressed: Set<string>
  readonly awaited: Map<string, Awaited>
}

/** Something wrong in an entry that has passed: its line is found by reading the file again. */
export class WrongEntry extends Error {
  readonly entry: number
  readonly path: Where

  constructor(why: string, entry: number, path: Where) {
    super(why)
    this.name = 'WrongEntry'
    this.entry = entry
    this.path = path
  }
}

export function newIndex(): BundleIndex {
  return { types: new Map(), names: new Set(), aliases: new Map(), addressed: new Set(), awaited: new Map() }
}

/** Enters one entry; refuses a fullUrl that was there before. Answers whether the resource is new in the file. */
export function enter(index: BundleIndex, entry: Entry): boolean {
  const { source, name, type, fullUrl, id } = entry
  if (index.names.has(name) && !name.startsWith('sha256:'))
    throw new WrongEntry(`Two entries are called ${shown(name)}.`, entry.index, ['fullUrl'])
  index.names.add(name)
  if (fullUrl && isRelative(fullUrl)) index.addressed.add(type)
  const own = id === null ? undefined : addressOf(`${type}/${id}`)
  for (const alias of new Set([fullUrl && addressOf(fullUrl), bareOf(source), own])) {
    if (!alias || alias === source) continue
    const known = index.aliases.get(alias)
    index.aliases.set(alias, known === undefined || known === source ? source : null)
  }
  const types = index.types.get(source) ?? []
  if (types.includes(type)) return false
  index.types.set(source, [...types, type])
  return true
}

/**
 * The source of the entry that an address leads to; null when it leads out of the file. What is named without a base
 * is the file's only one of that name; what is named under a base may be an entry without one, never one of another server.
 */
export function resolve(index: BundleIndex, address: string): string | null {
  if (index.types.has(address)) return address
  const alias = index.aliases.get(address)
  if (alias !== undefined) return alias
  const bare = bareOf(address)
  const near = bare && (index.types.has(bare) ? bare : index.aliases.get(bare))
  return near && bareOf(near) === undefined ? near : null
}

/** Whether the entry of this address is a resource of this type. */
export function isType(index: BundleIndex, source: string | null, type: string): boolean {
  return source !== null && index.types.get(source)?.includes(type) === true
}

/** Looks at every reference of an entry: those into the resource itself at once, those into the Bundle when it ends. */
export function awaitReferences(index: BundleIndex, entry: Entry): void {
  const base = baseOf(entry.fullUrl)
  const contained = new Set<string>()
  if (Array.isArray(entry.resource.contained))
    for (const inner of entry.resource.contained) if (typeof inner?.id === 'string') contained.add(`#${inner.id}`)
  for (const [, written = ''] of entry.text.matchAll(REFERENCE)) {
    const reference = textIn(written)
    if (reference.startsWith('#')) {
      if (reference === '#' || contained.has(reference)) continue
      const why = `The reference ${shown(reference)} leads nowhere: the resource contains nothing of that name.`
      throw new WrongEntry(why, entry.index, { reference })
    }
    const target = addressOf(reference, base)
    awaitReference(index, { target, named: reference, types: null, entry: entry.index, path: { reference } })
  }
}

/** The text of a JSON string, as a text of its own: a piece of the entry's would keep all of the entry. */
function textIn(written: string): string {
  return JSON.parse(`"${written}"`)
}

/** Every reference as it stands in JSON; what only looks like one inside a text has its quotation marks escaped. */
const REFERENCE = /"reference"\s*:\s*"((?:[^"\\]|\\.)*)"/g

/** Asks that a reference, if it stays inside the Bundle, leads to one of these types. */
export function awaitReference(index: BundleIndex, awaited: Awaited): void {
  const source = resolve(index, awaited.target)
  if (source !== null) refuseType(index, awaited, source)
  else if (isInternal(awaited.named) || isRelative(awaited.named)) {
    const key = `${awaited.target} ${awaited.named} ${awaited.types?.join() ?? ''}`
    if (!index.awaited.has(key)) index.awaited.set(key, awaited)
  }
}

/** At the end of the files: refuses the first reference that leads to a wrong type. */
export function refuseWrongReferences(index: BundleIndex): void {
  for (const awaited of index.awaited.values()) {
    const source = resolve(index, awaited.target)
    if (source !== null) refuseType(index, awaited, source)
  }
}

/** At the end of the Bundle: refuses the first reference that stays inside and leads nowhere, or to a wrong type. */
export function refuseLostReferences(index: BundleIndex): void {
  for (const awaited of index.awaited.values()) {
    const source = resolve(index, awaited.target)
    if (source !== null) refuseType(index, awaited, source)
    else if (isInternal(awaited.named) || staysInside(index, awaited.named))
      throw new WrongEntry(
        `The reference ${shown(awaited.named)} leads nowhere: no entry has that fullUrl.`,
        awaited.entry,
        awaited.path,
      )
  }
}

function refuseType(index: BundleIndex, awaited: Awaited, source: string): void {
  const types = index.types.get(source) ?? []
  if (!awaited.types || types.some(type => awaited.types?.includes(type))) return
  const wanted = awaited.types.join(' or ')
  throw new WrongEntry(
    `The reference ${shown(awaited.named)} leads to ${article(types[0] ?? '')}, not to ${article(wanted)}.`,
    awaited.entry,
    awaited.path,
  )
}

/** `Type/id` stays inside where fullUrls read so too; beside whole URLs it may mean what a server has and the file left out. */
function staysInside(index: BundleIndex, target: string): boolean {
  return index.addressed.has(target.split('/')[0] ?? '')
}

function isInternal(reference: string): boolean {
  return /^urn:(uuid|oid):/i.test(reference)
}

function isRelative(reference: string): boolean {
  return /^[A-Z][A-Za-z]+\/[A-Za-z0-9.-]{1,64}(\/_history\/[^/]+)?$/.test(reference)
}

function article(type: string): string {
  return `${/^[AEIO]/.test(type) ? 'an' : 'a'} ${type}`
}

/** The path to what a place names: a reference stands where it is first met. */
export function pathIn(entry: Pick<Entry, 'resource'>, where: Where): Path {
  return Array.isArray(where) ? where : (findReference(entry.resource, (where as Named).reference, ['resource']) ?? [])
}

function findReference(value: unknown, reference: string, path: Path): Path | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  for (const [key, inner] of Object.entries(value)) {
    const here = [...path, Array.isArray(value) ? Number(key) : key]
    if (key === 'reference' && inner === reference) return here
    const found = findReference(inner, reference, here)
    if (found) return found
  }
  return undefined
}

function shown(text: string): string {
  return text.length > 120 ? `${text.slice(0, 120)}…` : text
}
