import { recordEvent } from '../audit/events.ts'
import type { Actor } from '../kernel/actor.ts'
import type { App } from '../platform/app.ts'
import type { Tx } from '../platform/database.ts'
import type { TakenClaims } from './claims/take-claims.ts'
import { entryOf } from './fhir/cases.ts'
import type { CheckedFile } from './fhir/check-file.ts'
import { type FileClaim, isOf, reportOf } from './fhir/map-file.ts'
import type { FileReport } from './file-report.ts'
import { type ImportId, keepReport } from './imports.ts'
import type { SettledCases } from './match-claims.ts'
import type { RecordedPeople } from './record-people.ts'
import type { People } from './same-person.ts'

export type Recorded = {
  readonly files: readonly CheckedFile[]
  readonly ids: readonly ImportId[]
  readonly people: People
  readonly claims: SettledCases
  readonly read: readonly FileClaim[]
  readonly recorded: Pick<RecordedPeople, 'made' | 'updated'>
  readonly taken: TakenClaims
  /** How much is new besides people, charges and bills, in all of the files. */
  readonly changed: number
}

/** Keeps what each of the files came to. Records file.imported. */
export async function keepReports(app: App, tx: Tx, actor: Actor, all: Recorded): Promise<FileReport[]> {
  const reports: FileReport[] = []
  for (const [at, file] of all.files.entries()) {
    const id = all.ids[at] as ImportId
    const report = reportIn(all, file)
    await keepReport(tx, actor, id, report)
    await recordEvent(app, tx, actor, { type: 'file.imported', subject: id, data: report.new })
    reports.push(report)
  }
  return reports
}

/** What one of the files came to: its own claims and people, among all. */
function reportIn({ people, claims, read, recorded, taken, changed }: Recorded, file: CheckedFile): FileReport {
  const here = read.flatMap((one, at) => (isOf(file, entryOf(one.case)) ? [at] : []))
  const mapped = here.flatMap(at => taken.mapped[at] ?? [])
  const made = here.flatMap(at => taken.made[at] ?? [])
  const count = (sources: readonly string[]) =>
    sources.filter(source => isOf(file, file.facts.patients.get(source)?.entry ?? -1)).length
  const fresh = {
    patients: count(recorded.made),
    charges: made.reduce((sum, one) => sum + one.charges, 0),
    invoices: made.reduce((sum, one) => sum + one.invoices, 0),
  }
  const isNew = fresh.patients + fresh.charges + fresh.invoices + changed > 0
  return {
    ...reportOf(file.source.name, file, { people, claims, mapped }),
    status: isNew ? 'taken' : 'unchanged',
    new: fresh,
    updated: { patients: count(recorded.updated) },
  }
}
