import { isUtf8 } from 'node:buffer'
import { type Place, Unreadable } from '../unreadable.ts'
import { refuseForeign } from './foreign.ts'
import { locateError } from './locate.ts'
import {
  advance,
  type Expecting,
  endsScalar,
  here,
  isSpace,
  newScan,
  notJson,
  path,
  type Scan,
  valueEnd,
} from './scan-state.ts'

/** One value cut out of a JSON text, not yet parsed: where it stands, and its exact text. */
export type Slice = { readonly path: readonly (string | number)[]; readonly text: string; readonly at: Place }

/** The largest single value that is held at once, in bytes. */
const MOST_BYTES = 64 * 1024 * 1024

/**
 * Cuts a JSON document into the members of its root object, and the members that `streamed` names into their elements,
 * without holding more than one of them. The shell is checked here; a slice's inside is the reader's to parse.
 * Refuses what is not one JSON document in UTF-8, with the place. A BOM is tolerated.
 */
export async function* scanJson(chunks: AsyncIterable<Uint8Array>, streamed: string): AsyncGenerator<Slice> {
  const scan = newScan()
  let first = true
  for await (const chunk of withWholeHead(chunks)) {
    if (first) refuseForeign(chunk)
    const start = first && chunk[0] === 0xef && chunk[1] === 0xbb && chunk[2] === 0xbf ? 3 : 0
    first = false
    yield* scanChunk(scan, chunk, start, streamed)
  }
  if (scan.capture === 'scalar' && scan.expecting === 'root') yield* finish(scan)
  if (scan.expecting === 'root' && scan.capture === 'none') throw new Unreadable('The file is empty.', null)
  if (scan.expecting !== 'nothing') throw unfinished(scan)
}

/** The same bytes, the first of them together: they tell what kind of file it is. */
async function* withWholeHead(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let head: Uint8Array | null = Buffer.alloc(0)
  for await (const chunk of chunks) {
    if (head === null) yield chunk
    else {
      head = Buffer.concat([head, chunk])
      if (head.length < 64) continue
      yield head
      head = null
    }
  }
  if (head !== null) yield head
}

function* scanChunk(scan: Scan, chunk: Uint8Array, start: number, streamed: string): Generator<Slice> {
  let from = start
  let i = start
  while (i < chunk.length) {
    if (scan.capture === 'none') {
      const byte = chunk[i] ?? 0
      if (!isSpace(byte) && begin(scan, byte, streamed)) from = i
      advance(scan, byte)
      i++
      continue
    }
    const end = scan.capture === 'scalar' ? scalarEnd(scan, chunk, i) : valueEnd(scan, chunk, i)
    i = end < 0 ? chunk.length : end
    if (end < 0) break
    keep(scan, chunk, from, end)
    yield* finish(scan)
  }
  if (scan.capture !== 'none') keep(scan, chunk, from, chunk.length)
}

/** Where a number or a name such as `true` ends; -1 where the chunk ends first. */
function scalarEnd(scan: Scan, chunk: Uint8Array, start: number): number {
  for (let i = start; i < chunk.length; i++) {
    const byte = chunk[i] ?? 0
    if (endsScalar(byte)) return i
    advance(scan, byte)
  }
  return -1
}

/** Between values: takes the document's own punctuation, and says whether a value to capture begins with this byte. */
function begin(scan: Scan, byte: number, streamed: string): boolean {
  const char = String.fromCharCode(byte)
  const step = `${scan.expecting} ${char}`
  if (step === 'root {') return expect(scan, 'first-key')
  if (step === 'first-key }' || step === 'after-member }') return expect(scan, 'nothing')
  if (step === 'colon :') return expect(scan, 'member')
  if (step === 'after-member ,') return expect(scan, 'key')
  if (step === 'member [' && scan.key === streamed) {
    scan.index = 0
    return expect(scan, 'first')
  }
  if (step === 'first ]' || step === 'after-element ]') return expect(scan, 'after-member')
  if (step === 'after-element ,') return expect(scan, 'element')
  if (scan.expecting === 'nothing') throw trailing(scan, char)
  if (['after-member', 'after-element', 'colon'].includes(scan.expecting))
    throw notJson(`there is a ${shown(char)} that does not belong`, here(scan, path(scan)))
  if (char === '}' || char === ']' || char === ',' || char === ':')
    throw notJson(`there is a ${shown(char)} where a value should be`, here(scan, path(scan)))
  if ((scan.expecting === 'key' || scan.expecting === 'first-key') && char !== '"')
    throw notJson(`a name should begin with a quotation mark, not ${shown(char)}`, here(scan, []))
  scan.at = here(scan, path(scan))
  scan.capture = char === '"' ? 'string' : char === '{' || char === '[' ? 'container' : 'scalar'
  scan.depth = scan.capture === 'container' ? 1 : 0
  scan.inString = scan.capture === 'string'
  scan.escaped = false
  return true
}

function expect(scan: Scan, next: Expecting): false {
  scan.expecting = next
  return false
}

function keep(scan: Scan, chunk: Uint8Array, from: number, to: number): void {
  const part = chunk.slice(from, to)
  scan.parts.push(part)
  scan.bytes += part.length
  if (scan.bytes > MOST_BYTES) throw new Unreadable('One entry is larger than 64 MB.', scan.at)
}

/** Ends a capture: a key is kept for its member, anything else is a slice. */
function* finish(scan: Scan): Generator<Slice> {
  const bytes = Buffer.concat(scan.parts)
  if (!isUtf8(bytes)) throw notJson('it is not UTF-8 text', scan.at)
  const slice = { path: path(scan), text: bytes.toString('utf8'), at: scan.at }
  scan.parts = []
  scan.bytes = 0
  scan.capture = 'none'
  if (scan.expecting === 'key' || scan.expecting === 'first-key') {
    scan.key = parseKey(slice)
    scan.expecting = 'colon'
    return
  }
  if (scan.expecting === 'root') scan.expecting = 'nothing'
  else if (scan.expecting === 'member') scan.expecting = 'after-member'
  else {
    scan.index++
    scan.expecting = 'after-element'
  }
  yield slice
}

function parseKey(slice: Slice): string {
  try {
    return String(JSON.parse(slice.text))
  } catch {
    throw notJson('a name is not a JSON string', slice.at)
  }
}

/** A document that ends too early; where a bracket does not match, if that is why. */
function unfinished(scan: Scan): Unreadable {
  const text = Buffer.concat(scan.parts).toString('utf8')
  const broken = scan.capture === 'container' ? locateError(text, scan.at) : undefined
  if (broken && '}]'.includes(text[broken.offset] ?? ' ')) return notJson('its brackets do not match', broken)
  return notJson('it ends in the middle', here(scan, []))
}

function trailing(scan: Scan, char: string): Unreadable {
  const what = char === '{' ? 'another JSON document follows the first' : `text follows the end: ${shown(char)}`
  return notJson(what, here(scan, []))
}

function shown(char: string): string {
  return char >= ' ' && char <= '~' ? `"${char}"` : `character ${char.charCodeAt(0)}`
}
