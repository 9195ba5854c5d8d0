import { createHash } from 'node:crypto'
import { Unreadable } from '../unreadable.ts'
import { awaitReferences, enter, refuseLostReferences, WrongEntry } from './bundle-index.ts'
import { WrongElement } from './element.ts'
import { collect, type FileFacts, newFacts, type Reading } from './facts.ts'
import { locate } from './locate.ts'
import { type Entry, readBundle } from './read-bundle.ts'

/** Bytes that can be read more than once: a file, or what the demo makes of one. */
export type Source = { readonly name: string; readonly bytes: number; open(): AsyncIterable<Uint8Array> }

/** A whole file, read once and found in order: its facts, and what is counted before anything is written. */
export type CheckedFile = {
  readonly facts: FileFacts
  readonly hash: string
  readonly entries: number
  /** Entries by type of resource. */
  readonly types: ReadonlyMap<string, number>
}

/** Reads a whole file without writing anything; throws `Unreadable` for one that must be refused. */
export async function checkFile(
  source: Source,
  reading: Reading,
  onBytes: (bytes: number) => void = () => undefined,
): Promise<CheckedFile> {
  const facts = newFacts(reading)
  const types = new Map<string, number>()
  const tap = tapped(source, onBytes)
  let entries = 0
  try {
    for await (const entry of readBundle(tap.chunks)) {
      checkEntry(facts, entry)
      types.set(entry.type, (types.get(entry.type) ?? 0) + 1)
      entries++
    }
    refuseLostReferences(facts.index)
  } catch (error) {
    throw error instanceof WrongEntry ? await placed(source, error) : error
  }
  return { facts, hash: tap.hash(), entries, types }
}

/** The bytes of a source as they pass, with the SHA-256 of all of them at the end. */
export function tapped(source: Source, onBytes: (bytes: number) => void) {
  const sum = createHash('sha256')
  let bytes = 0
  async function* chunks() {
    for await (const chunk of source.open()) {
      sum.update(chunk)
      bytes += chunk.length
      onBytes(bytes)
      yield chunk
    }
  }
  return { chunks: chunks(), hash: () => sum.digest('hex') }
}

/** The SHA-256 of a source's bytes. */
export async function hashOf(source: Source): Promise<string> {
  const sum = createHash('sha256')
  for await (const chunk of source.open()) sum.update(chunk)
  return sum.digest('hex')
}

function checkEntry(facts: FileFacts, entry: Entry): void {
  try {
    const isNew = enter(facts.index, entry)
    awaitReferences(facts.index, entry)
    collect(facts, entry, isNew)
  } catch (error) {
    if (error instanceof WrongElement || (error instanceof WrongEntry && error.entry === entry.index))
      throw new Unreadable(error.message, locate(entry.text, error.path, entry.at))
    throw error
  }
}

/** What was found wrong only later: the file is read again up to its entry, to name the line. */
export async function placed(source: Source, wrong: WrongEntry): Promise<Unreadable> {
  for await (const entry of readBundle(source.open()))
    if (entry.index === wrong.entry) return new Unreadable(wrong.message, locate(entry.text, wrong.path, entry.at))
  return new Unreadable(wrong.message, null)
}
