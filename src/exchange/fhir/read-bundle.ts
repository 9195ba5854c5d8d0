import { type Place, Unreadable } from '../unreadable.ts'
import { CLAIM_RESPONSE, type Entry, parse, readEntry } from './entry.ts'
import { type Slice, scanJson } from './scan-json.ts'
import { refuseVersion } from './versions.ts'

/** The members of a Bundle by which it may say its version of FHIR. */
const SAYS_VERSION = ['meta', 'fhirVersion']
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
      const value = parse(slice)
      if (SAYS_VERSION.includes(name)) refuseVersion({ [name]: value }, () => slice.at)
      if (shell.has(name) && ['resourceType', 'type', 'entry'].includes(name)) throw doubled(slice)
      if (name === '' || ['resourceType', 'type', 'entry'].includes(name)) shell.set(name, slice)
    }
  }
  refuseNoBundle(shell)
  refuseType(shell)
  if (!streamed) throw new Unreadable('The Bundle has no entries: there is nothing to take.', TOP)
}

function doubled(slice: Slice): Unreadable {
  return new Unreadable(`The Bundle says "${slice.path[0]}" twice.`, slice.at)
}

function refuseNoBundle(shell: ReadonlyMap<string, Slice>): void {
  const type = shell.get('resourceType')
  const name = type && parse(type)
  if (name === 'Bundle') return
  if (name === 'ClaimResponse') throw new Unreadable(CLAIM_RESPONSE, type?.at ?? null)
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
