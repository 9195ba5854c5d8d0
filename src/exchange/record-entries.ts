import type { Actor } from '../kernel/actor.ts'
import type { PatientId } from '../kernel/ids.ts'
import type { Tx } from '../platform/database.ts'
import { type BundleIndex, resolve } from './fhir/bundle-index.ts'
import { canonicalText, hash } from './fhir/canonical.ts'
import { CHANGED, type CheckedFile, tapped, WrongFile } from './fhir/check-file.ts'
import type { Entry } from './fhir/entry.ts'
import { readEntries } from './fhir/formats.ts'
import { addressOf, baseOf, isLasting } from './fhir/sources.ts'
import type { ImportId } from './imports.ts'
import { type ResourceFacts, recordResources } from './resources.ts'
import { Unreadable } from './unreadable.ts'

/** How much is sent to the database at once. */
const BATCH = { entries: 500, characters: 2_000_000 }

export type FilesToKeep = {
  readonly files: readonly CheckedFile[]
  /** Each file's import. */
  readonly ids: readonly ImportId[]
  readonly patients: ReadonlyMap<string, { readonly id: PatientId }>
  /** Told as bytes pass, after those of the first reading. */
  readonly onBytes?: ((done: number, total: number) => void) | undefined
}

/**
 * The second reading: every resource is kept untouched, in batches; a file must be the one that was checked. Answers how
 * many were new or had changed.
 */
export async function recordFiles(
  tx: Tx,
  actor: Actor,
  { files, ids, patients, onBytes = () => undefined }: FilesToKeep,
): Promise<number> {
  const total = files.reduce((sum, file) => sum + file.source.bytes, 0)
  const patientOf = (key: string) => patients.get(key)?.id ?? null
  let done = total
  let count = 0
  for (const [at, { source, format, first, facts, hash }] of files.entries()) {
    const before = done
    const tap = tapped(source, bytes => onBytes(before + bytes, total * 2))
    const entries = readEntries(tap.chunks, format, first)
    count += await recordEntries(tx, actor, ids[at] as ImportId, facts.index, entries, patientOf)
    if (tap.hash() !== hash) throw new WrongFile(source, new Unreadable(CHANGED, null))
    done += source.bytes
  }
  return count
}

/** Keeps every entry as it came, a batch at a time; answers how many were new or had changed. */
async function recordEntries(
  tx: Tx,
  actor: Actor,
  from: ImportId,
  index: BundleIndex,
  entries: AsyncIterable<Entry>,
  patientOf: (source: string) => PatientId | null,
): Promise<number> {
  let batch: ResourceFacts[] = []
  let characters = 0
  let count = 0
  for await (const entry of entries) {
    batch.push(factsOf(entry, index, patientOf))
    characters += entry.text.length
    if (batch.length < BATCH.entries && characters < BATCH.characters) continue
    count += await recordResources(tx, actor.practice, from, batch)
    batch = []
    characters = 0
  }
  return batch.length ? count + (await recordResources(tx, actor.practice, from, batch)) : count
}

function factsOf(entry: Entry, index: BundleIndex, patientOf: (source: string) => PatientId | null): ResourceFacts {
  const { type, text } = entry
  const subject = type === 'Patient' ? entry.source : subjectOf(entry)
  const patient = subject === null ? null : patientOf(resolve(index, subject) ?? subject)
  const base = baseOf(entry.fullUrl)
  const { resource } = entry
  return { source: sourceOf(entry, patient), type, patient, base, resource, entry: text, hash: hash(text) }
}

/** What has no address beyond its file is known by whose it is and by what it says: another file's `Type/1` is another. */
function sourceOf({ source, resource }: Entry, patient: PatientId | null): string {
  return isLasting(source) ? source : `${patient ?? 'nobody'} sha256:${hash(canonicalText(resource))}`
}

/** Whose resource it is: FHIR's patient compartment names them subject, patient, beneficiary or individual. */
function subjectOf({ resource, fullUrl }: Entry): string | null {
  for (const key of ['subject', 'patient', 'beneficiary', 'individual']) {
    const value = resource[key]
    if (typeof value === 'object' && value !== null && 'reference' in value && typeof value.reference === 'string')
      return addressOf(value.reference, baseOf(fullUrl))
  }
  return null
}
