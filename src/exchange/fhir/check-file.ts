import { createHash } from 'node:crypto'
import { Unreadable } from '../unreadable.ts'
import {
  awaitReferences,
  enter,
  pathIn,
  refuseLostReferences,
  refuseWrongReferences,
  WrongEntry,
} from './bundle-index.ts'
import { WrongElement } from './element.ts'
import { type Entry, placeIn } from './entry.ts'
import { collect, type FileFacts, newFacts, type Reading } from './facts.ts'
import { type Format, lookAt, readEntries, type Seen, type Source } from './formats.ts'

/** A whole file, read once and found in order: its facts, and what is counted before anything is written. */
export type CheckedFile = {
  readonly source: Source
  readonly format: Format
  /** What is read together with it has the same facts. */
  readonly facts: FileFacts
  readonly hash: string
  /** The number of its first entry among those read together, and how many it has. */
  readonly first: number
  readonly entries: number
  /** Entries by type of resource. */
  readonly types: ReadonlyMap<string, number>
}

/** Why a file is refused that is not the one that was looked at. */
export const CHANGED = 'The file changed while it was being read.'

/** One of several files that are read together is wrong. */
export class WrongFile extends Error {
  readonly source: Source
  readonly unreadable: Unreadable

  constructor(source: Source, unreadable: Unreadable) {
    super(unreadable.message)
    this.name = 'WrongFile'
    this.source = source
    this.unreadable = unreadable
  }
}

/** Reads a whole file without writing anything; throws `Unreadable` for one that must be refused. */
export async function checkFile(
  source: Source,
  reading: Reading,
  onBytes: (bytes: number) => void = () => undefined,
): Promise<CheckedFile> {
  try {
    const [checked] = await checkSet([await lookAt(source)], reading, onBytes)
    return checked as CheckedFile
  } catch (error) {
    throw error instanceof WrongFile ? error.unreadable : error
  }
}

/**
 * Reads files that belong together, as the parts of a bulk export do: what one of them names may stand in another. Throws
 * `WrongFile` for one that must be refused.
 */
export async function checkSet(
  seen: readonly Seen[],
  reading: Reading,
  onBytes: (bytes: number) => void = () => undefined,
): Promise<CheckedFile[]> {
  const facts = newFacts(reading)
  const files: CheckedFile[] = []
  let before = 0
  for (const one of seen) {
    const { source } = one
    const first = files.reduce((sum, file) => sum + file.entries, 0)
    files.push(await checkOne(one, facts, first, bytes => onBytes(before + bytes)).catch(wrongIn(source)))
    before += source.bytes
  }
  try {
    // What a bulk export leaves out is on its server; a Bundle's own names lead somewhere.
    if (files.every(file => file.format === 'bundle')) refuseLostReferences(facts.index)
    else refuseWrongReferences(facts.index)
  } catch (error) {
    throw error instanceof WrongEntry ? await placed(files, error) : error
  }
  return files
}

async function checkOne(
  { source, format, hash }: Seen,
  facts: FileFacts,
  first: number,
  onBytes: (bytes: number) => void,
): Promise<CheckedFile> {
  const types = new Map<string, number>()
  const tap = tapped(source, onBytes)
  let entries = 0
  for await (const entry of readEntries(tap.chunks, format, first)) {
    checkEntry(facts, entry)
    types.set(entry.type, (types.get(entry.type) ?? 0) + 1)
    entries++
  }
  if (tap.hash() !== hash) throw new Unreadable(CHANGED, null)
  return { source, format, facts, hash, first, entries, types }
}

function wrongIn(source: Source) {
  return (error: unknown): never => {
    throw error instanceof Unreadable ? new WrongFile(source, error) : error
  }
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

function checkEntry(facts: FileFacts, entry: Entry): void {
  try {
    const isNew = enter(facts.index, entry)
    awaitReferences(facts.index, entry)
    collect(facts, entry, isNew)
  } catch (error) {
    if (error instanceof WrongElement) throw new Unreadable(error.message, placeIn(entry, error.path))
    if (error instanceof WrongEntry && error.entry === entry.index)
      throw new Unreadable(error.message, placeIn(entry, pathIn(entry, error.path)))
    throw error
  }
}

/** What was found wrong only later: its file is read again up to its entry, to name the line. */
async function placed(files: readonly CheckedFile[], wrong: WrongEntry): Promise<WrongFile> {
  const file = files.findLast(one => one.first <= wrong.entry) as CheckedFile
  for await (const entry of readEntries(file.source.open(), file.format, file.first))
    if (entry.index === wrong.entry)
      return new WrongFile(file.source, new Unreadable(wrong.message, placeIn(entry, pathIn(entry, wrong.path))))
  return new WrongFile(file.source, new Unreadable(wrong.message, null))
}
