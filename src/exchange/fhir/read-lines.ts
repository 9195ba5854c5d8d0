import { isUtf8 } from 'node:buffer'
import { Unreadable } from '../unreadable.ts'
import { type Entry, lineEntry } from './entry.ts'
import { refuseForeign } from './foreign.ts'
import { notJson } from './scan-state.ts'

/** The longest line that is held at once, in bytes. */
const MOST_BYTES = 64 * 1024 * 1024
const LINE_FEED = 0x0a

/**
 * Reads newline-delimited JSON, as a bulk export of FHIR writes it: a resource a line (Bulk Data Access, output files). Refuses
 * the whole file, with the place, as a Bundle is refused.
 */
export async function* readLines(chunks: AsyncIterable<Uint8Array>, first: number): AsyncGenerator<Entry> {
  let index = first
  let number = 0
  for await (const bytes of linesOf(chunks)) {
    if (++number === 1) refuseForeign(bytes)
    const line = textOf(bytes, number)
    if (line === '') continue
    const entry = lineEntry(line, number, index++)
    if (entry.type === 'Bundle')
      throw new Unreadable('This line is a Bundle; each Bundle is read from a file of its own.', placeOf(number))
    yield entry
  }
  if (index === first) throw new Unreadable('The file is empty.', null)
}

async function* linesOf(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let parts: Uint8Array[] = []
  let length = 0
  let number = 1
  const keep = (part: Uint8Array) => {
    length += part.length
    if (length > MOST_BYTES) throw new Unreadable('One line is larger than 64 MB.', placeOf(number))
    parts.push(part)
  }
  for await (const chunk of chunks) {
    let from = 0
    for (let at = chunk.indexOf(LINE_FEED); at >= 0; at = chunk.indexOf(LINE_FEED, from)) {
      keep(chunk.subarray(from, at))
      yield Buffer.concat(parts)
      parts = []
      length = 0
      number++
      from = at + 1
    }
    // A copy: whoever gave the chunk may write into it again.
    if (from < chunk.length) keep(chunk.slice(from))
  }
  yield Buffer.concat(parts)
}

function textOf(bytes: Uint8Array, number: number): string {
  if (!isUtf8(bytes)) throw notJson('it is not UTF-8 text', placeOf(number))
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8')
  return (number === 1 ? text.replace(/^\uFEFF/, '') : text).trim()
}

function placeOf(line: number) {
  return { pointer: '', line, column: 1 }
}
