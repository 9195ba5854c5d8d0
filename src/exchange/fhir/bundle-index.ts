import type { Path } from './locate.ts'
import type { Entry } from './read-bundle.ts'

/** A reference that must lead somewhere, met before what it leads to; `types` when only some will do. */
type Awaited = {
  readonly target: string
  readonly types: readonly string[] | null
  readonly entry: number
  readonly path: Path
}

/** What is in a Bundle, by the names under which its own references find it. */
export type BundleIndex = {
  /** Each entry's type by its source. */
  readonly types: Map<string, string>
  /** `Type/id` to source; null when two entries share it. */
  readonly aliases: Map<string, string | null>
  /** The types whose fullUrls are themselves `Type/id`, so that such a reference means one of this Bundle's own. */
  readonly addressed: Set<string>
  readonly awaited: Map<string, Awaited>
}

/** Something wrong in an entry that has passed: its line is found by reading the file again. */
export class WrongEntry extends Error {
  readonly entry: number
  readonly path: Path

  constructor(why: string, entry: number, path: Path) {
    super(why)
    this.name = 'WrongEntry'
    this.entry = entry
    this.path = path
  }
}

export function newIndex(): BundleIndex {
  return { types: new Map(), aliases: new Map(), addressed: new Set(), awaited: new Map() }
}

/** Enters one entry; refuses a fullUrl that was there before. */
export function enter(index: BundleIndex, entry: Entry): void {
  if (index.types.has(entry.source) && !entry.source.startsWith('sha256:'))
    throw new WrongEntry(`Two entries are called ${shown(entry.source)}.`, entry.index, ['fullUrl'])
  index.types.set(entry.source, entry.type)
  if (entry.fullUrl && isRelative(entry.fullUrl)) index.addressed.add(entry.type)
  const restful = /^https?:.*\/([A-Z][A-Za-z]+\/[A-Za-z0-9.-]{1,64})$/.exec(entry.source)?.[1]
  for (const alias of new Set([restful, entry.id === null ? undefined : `${entry.type}/${entry.id}`])) {
    if (!alias) continue
    const known = index.aliases.get(alias)
    index.aliases.set(alias, known === undefined || known === entry.source ? entry.source : null)
  }
}

/** The source of the entry that a reference leads to; null when it leads out of the file. */
export function resolve(index: BundleIndex, reference: string): string | null {
  const target = unversioned(reference)
  if (index.types.has(target)) return target
  return index.aliases.get(target) ?? null
}

/** Looks at every reference of an entry: those into the resource itself at once, those into the Bundle when it ends. */
export function awaitReferences(index: BundleIndex, entry: Entry): void {
  const contained = new Set<string>()
  if (Array.isArray(entry.resource.contained))
    for (const inner of entry.resource.contained) if (typeof inner?.id === 'string') contained.add(`#${inner.id}`)
  for (const { reference, path } of referencesIn(entry.resource, ['resource'])) {
    if (reference.startsWith('#')) {
      if (reference === '#' || contained.has(reference)) continue
      throw new WrongEntry(
        `The reference ${shown(reference)} leads nowhere: the resource contains nothing of that name.`,
        entry.index,
        path,
      )
    }
    awaitReference(index, { target: reference, types: null, entry: entry.index, path })
  }
}

/** Asks that a reference, if it stays inside the Bundle, leads to one of these types. */
export function awaitReference(index: BundleIndex, awaited: Awaited): void {
  const source = resolve(index, awaited.target)
  if (source !== null) refuseType(index, awaited, source)
  else if (isInternal(awaited.target) || isRelative(awaited.target)) {
    const key = `${awaited.target} ${awaited.types?.join() ?? ''}`
    if (!index.awaited.has(key)) index.awaited.set(key, awaited)
  }
}

/** At the end of the Bundle: refuses the first reference that stays inside and leads nowhere, or to a wrong type. */
export function refuseLostReferences(index: BundleIndex): void {
  for (const awaited of index.awaited.values()) {
    const source = resolve(index, awaited.target)
    if (source !== null) refuseType(index, awaited, source)
    else if (isInternal(awaited.target) || staysInside(index, awaited.target))
      throw new WrongEntry(
        `The reference ${shown(awaited.target)} leads nowhere: no entry has that fullUrl.`,
        awaited.entry,
        awaited.path,
      )
  }
}

function refuseType(index: BundleIndex, awaited: Awaited, source: string): void {
  const type = index.types.get(source) ?? ''
  if (!awaited.types || awaited.types.includes(type)) return
  const wanted = awaited.types.join(' or ')
  throw new WrongEntry(
    `The reference ${shown(awaited.target)} leads to a ${type}, not to a ${wanted}.`,
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

function unversioned(reference: string): string {
  return reference.replace(/\/_history\/[^/]+$/, '')
}

function* referencesIn(value: unknown, path: Path): Generator<{ reference: string; path: Path }> {
  if (typeof value !== 'object' || value === null) return
  for (const [key, inner] of Object.entries(value)) {
    const step = Array.isArray(value) ? Number(key) : key
    if (key === 'reference' && typeof inner === 'string') yield { reference: inner, path: [...path, step] }
    else if (typeof inner === 'object') yield* referencesIn(inner, [...path, step])
  }
}

function shown(text: string): string {
  return text.length > 120 ? `${text.slice(0, 120)}…` : text
}
