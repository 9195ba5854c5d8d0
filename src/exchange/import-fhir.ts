import { createHash } from 'node:crypto'
import { type Actor, wholePractice } from '../kernel/actor.ts'
import { dayIn } from '../kernel/dates.ts'
import { type AccountId, newId } from '../kernel/ids.ts'
import type { App } from '../platform/app.ts'
import { type Tx, transact } from '../platform/database.ts'
import { getPractice } from '../practice/practices.ts'
import { freeClaimNumbers, recordClaimNames } from './claim-names.ts'
import { withoutDecided } from './claims/no-longer-held.ts'
import { takeClaims } from './claims/take-claims.ts'
import { type CheckedFile, checkSet, WrongFile } from './fhir/check-file.ts'
import type { Reading } from './fhir/facts.ts'
import { lookAt, type Seen, type Source } from './fhir/formats.ts'
import { readClaims } from './fhir/map-file.ts'
import { type FileReport, NOTHING_NEW, refusedReport } from './file-report.ts'
import { findImport, type ImportId, lockImports, recordImport } from './imports.ts'
import { keepReports } from './keep-reports.ts'
import { matchClaims } from './match-claims.ts'
import { matchPeople } from './match-people.ts'
import { recordFiles } from './record-entries.ts'
import { recordParties } from './record-parties.ts'
import { recordPeople } from './record-people.ts'
import { Unreadable } from './unreadable.ts'

export type ImportOptions = {
  /** From when patients' shares are open bills; older ones come in as settled history. Without it all are open. */
  readonly openSince?: Temporal.PlainDate
  /** The household that a patient, by source, joins; a new one each when absent. */
  readonly accountOf?: (patient: string) => AccountId | undefined
  /** Told as bytes pass, once while they are checked and once while they are written. */
  readonly onBytes?: (done: number, total: number) => void
}
export type ImportOrder = ImportOptions & { readonly source: Source }

/** Imports one file for a practice, as `importSet` does. */
export async function importFhir(app: App, actor: Actor, { source, ...options }: ImportOrder): Promise<FileReport> {
  const [report] = await importSet(app, actor, [source], options)
  return report as FileReport
}

/**
 * Imports files that belong together for a practice: a FHIR R4 Bundle, or the lines of a bulk export. Reads all of them, and
 * only then writes all of them in one transaction, so that a wrong file or a crash leaves nothing. Safe to repeat: what is
 * known stays, and only what is new is taken. Answers a report for each file; where one cannot be read, all are `refused`.
 * Records file.imported, patient.updated, patient.died and invoice.issued.
 */
export async function importSet(
  app: App,
  actor: Actor,
  sources: readonly Source[],
  options: ImportOptions = {},
): Promise<FileReport[]> {
  const { onBytes = () => undefined } = options
  const total = sources.reduce((sum, source) => sum + source.bytes, 0) * 2
  try {
    const seen = await Promise.all(sources.map(lookAt))
    const { known, reading } = await readBefore(app, actor, seen)
    if (known) return known
    const files = await checkSet(seen, reading, done => onBytes(done, total))
    return await transact(app.db, wholePractice(actor.practice), tx => recordSet(app, tx, actor, files, options))
  } catch (error) {
    if (error instanceof WrongFile) return sources.map(source => refusal(source, error))
    throw error
  }
}

/** The wrong file says why; the others say which one it is. */
function refusal(source: Source, { source: wrong, unreadable }: WrongFile): FileReport {
  if (source === wrong) return refusedReport(source.name, unreadable)
  return refusedReport(source.name, new Unreadable(`${wrong.name}, which was read with it, is refused.`, null))
}

/** The practice's day and zone, and what files with these very bytes came to, when they came in before. */
async function readBefore(app: App, actor: Actor, seen: readonly Seen[]) {
  return transact(app.db, wholePractice(actor.practice), async tx => {
    const { timeZone } = await getPractice(tx, actor.practice)
    const reading: Reading = { zone: timeZone, today: dayIn(timeZone, app.now()) }
    return { known: await findReports(tx, actor, seen), reading }
  })
}

async function findReports(tx: Tx, actor: Actor, seen: readonly Seen[]): Promise<FileReport[] | undefined> {
  const reports: FileReport[] = []
  for (const one of seen) {
    const found = await findImport(tx, actor, hashIn(seen, one))
    if (!found) return undefined
    const report = await withoutDecided(tx, actor.practice, found.report)
    reports.push({ ...report, ...NOTHING_NEW, file: one.source.name, status: 'unchanged' })
  }
  return reports
}

/** What a file is known by: its bytes, and those of what is read with it. */
function hashIn(seen: readonly Pick<Seen, 'hash'>[], { hash }: Pick<Seen, 'hash'>): string {
  if (seen.length === 1) return hash
  const all = seen.map(one => one.hash).sort()
  return `${createHash('sha256').update(all.join()).digest('hex')} ${hash}`
}

async function recordSet(
  app: App,
  tx: Tx,
  actor: Actor,
  files: readonly CheckedFile[],
  options: ImportOptions,
): Promise<FileReport[]> {
  await lockImports(tx, actor)
  const before = await findReports(tx, actor, files)
  const [{ facts } = files[0] as CheckedFile] = files
  if (before) return before
  const people = await matchPeople(tx, actor.practice, facts)
  const claims = await matchClaims(tx, actor.practice, facts, people)
  const read = readClaims({ facts }, claims)
  const ids = await recordImports(tx, actor, files)
  const { accountOf = () => undefined, openSince } = options
  const { patients, ...recorded } = await recordPeople(app, tx, actor, { facts, people, accountOf })
  await recordClaimNames(tx, actor.practice, claims.names)
  await freeClaimNumbers(tx, actor.practice, claims.ended)
  const parties = await recordParties(tx, actor, { facts, claims: read, patients })
  const kept = await recordFiles(tx, actor, { files, ids, patients, onBytes: options.onBytes })
  const { currency } = await getPractice(tx, actor.practice)
  const terms = { currency, ...facts.reading }
  const taken = await takeClaims(app, tx, actor, { claims: read, partiesOf: parties.of, terms, openSince })
  const changed = recorded.updated.length + taken.changed + parties.made + kept
  return keepReports(app, tx, actor, { files, ids, people, claims, read, recorded, taken, changed })
}

async function recordImports(tx: Tx, actor: Actor, files: readonly CheckedFile[]): Promise<ImportId[]> {
  const ids: ImportId[] = []
  for (const file of files) {
    const id: ImportId = newId('imp')
    ids.push(id)
    await recordImport(tx, actor, { id, file: file.source.name, hash: hashIn(files, file) })
  }
  return ids
}
