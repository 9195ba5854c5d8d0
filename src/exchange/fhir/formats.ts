import { createHash } from 'node:crypto'
import { isObject } from './element.ts'
import type { Entry } from './entry.ts'
import { readBundle } from './read-bundle.ts'
import { readLines } from './read-lines.ts'

/** Bytes that can be read more than once: a file, or what the demo makes of one. */
export type Source = { readonly name: string; readonly bytes: number; open(): AsyncIterable<Uint8Array> }

export type Format = 'bundle' | 'lines'

/** How much of a file is looked at to tell how it is written. */
const HEAD = 256 * 1024

/** A source with what is told by looking through it: how it is written, and the SHA-256 of its bytes. */
export type Seen = { readonly source: Source; readonly format: Format; readonly hash: string }

/** Looks through a file once, before anything of it is read. */
export async function lookAt(source: Source): Promise<Seen> {
  const sum = createHash('sha256')
  const head: Uint8Array[] = []
  let length = 0
  for await (const chunk of source.open()) {
    sum.update(chunk)
    if (length < HEAD) head.push(chunk.slice(0, HEAD - length))
    length += chunk.length
  }
  return { source, format: formatOf(source.name, Buffer.concat(head)), hash: sum.digest('hex') }
}

/** Whether a file is a Bundle or has a resource a line: by its name, else by a first line that is a whole resource with more behind it. */
export function formatOf(name: string, head: Buffer): Format {
  if (/\.(ndjson|jsonl)$/i.test(name)) return 'lines'
  const [first = '', ...rest] = head
    .toString('utf8')
    .replace(/^\uFEFF/, '')
    .split('\n')
  return isResource(first) && rest.join('').trim() !== '' ? 'lines' : 'bundle'
}

/** The entries of a file in either format; `first` is the number of the first of them. */
export function readEntries(chunks: AsyncIterable<Uint8Array>, format: Format, first = 0): AsyncIterable<Entry> {
  return format === 'lines' ? readLines(chunks, first) : readBundle(chunks)
}

function isResource(line: string): boolean {
  try {
    const value: unknown = JSON.parse(line)
    return isObject(value) && typeof value.resourceType === 'string' && value.resourceType !== 'Bundle'
  } catch {
    return false
  }
}
