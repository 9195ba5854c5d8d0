import { recordEvent } from '../audit/events.ts'
import { recordCoverage } from '../insurance/coverages.ts'
import { type Actor, wholePractice } from '../kernel/actor.ts'
import { dayIn } from '../kernel/dates.ts'
import { type AccountId, type ClinicianId, type LocationId, newId } from '../kernel/ids.ts'
import type { App } from '../platform/app.ts'
import { type Tx, transact } from '../platform/database.ts'
import { recordClinician } from '../practice/clinicians.ts'
import { recordLocation } from '../practice/locations.ts'
import { getPractice } from '../practice/practices.ts'
import { freeClaimNumbers, recordClaimNames } from './claim-names.ts'
import { takeClaims } from './claims/take-claims.ts'
import { type CheckedFile, checkFile, hashOf, type Source, tapped } from './fhir/check-file.ts'
import { type FileClaim, readClaims, reportOf } from './fhir/map-file.ts'
import { cliniciansOf, insurancesOf, locationsOf, partyKey } from './fhir/parties.ts'
import { readBundle } from './fhir/read-bundle.ts'
import type { ClaimReading } from './fhir/reading.ts'
import { type FileReport, NOTHING_NEW, refusedReport } from './file-report.ts'
import { findImport, type ImportId, keepReport, lockImports, recordImport } from './imports.ts'
import { matchClaims } from './match-claims.ts'
import { matchPeople } from './match-people.ts'
import { recordEntries } from './record-entries.ts'
import { type Household, recordPeople } from './record-people.ts'
import { Unreadable } from './unreadable.ts'

export type ImportOrder = {
  readonly source: Source
  /** From when patients' shares are open bills; older ones come in as settled history. Without it all are open. */
  readonly openSince?: Temporal.PlainDate
  /** The household that a patient, by source, joins; a new one each when absent. */
  readonly accountOf?: (patient: string) => AccountId | undefined
  /** Told as bytes pass, once while they are checked and once while they are written. */
  readonly onBytes?: (done: number, total: number) => void
}

/**
 * Imports one FHIR R4 Bundle for a practice: reads all of it, and only then writes all of it in one transaction, so
 * that a wrong file or a crash leaves nothing. Safe to repeat: what is known stays, and only what is new is taken.
 * A file that cannot be read is a report with status `refused`. Records file.imported and invoice.issued.
 */
export async function importFhir(app: App, actor: Actor, order: ImportOrder): Promise<FileReport> {
  const { source, onBytes = () => undefined } = order
  try {
    const hash = await hashOf(source)
    const { known, reading } = await readBefore(app, actor, source.name, hash)
    if (known) return known
    const checked = await checkFile(source, reading, done => onBytes(done, source.bytes * 2))
    return await transact(app.db, wholePractice(actor.practice), tx => recordFile(app, tx, actor, order, checked))
  } catch (error) {
    if (error instanceof Unreadable) return refusedReport(source.name, error)
    throw error
  }
}

/** The practice's day and zone, and what a file with these very bytes came to, when it came in before. */
async function readBefore(app: App, actor: Actor, file: string, hash: string) {
  return transact(app.db, wholePractice(actor.practice), async tx => {
    const { timeZone } = await getPractice(tx, actor.practice)
    const found = await findImport(tx, actor, hash)
    const known: FileReport | undefined = found && { ...found.report, ...NOTHING_NEW, file, status: 'unchanged' }
    return { known, reading: { zone: timeZone, today: dayIn(timeZone, app.now()) } }
  })
}

async function recordFile(
  app: App,
  tx: Tx,
  actor: Actor,
  order: ImportOrder,
  checked: CheckedFile,
): Promise<FileReport> {
  await lockImports(tx, actor)
  const known = await findImport(tx, actor, checked.hash)
  if (known) return { ...known.report, ...NOTHING_NEW, file: order.source.name, status: 'unchanged' }
  const people = await matchPeople(tx, actor.practice, checked.facts)
  const { currency } = await getPractice(tx, actor.practice)
  const { today, zone } = checked.facts.reading
  const claims = await matchClaims(tx, actor.practice, checked.facts, people)
  const read = readClaims(checked, claims)
  const id: ImportId = newId('imp')
  await recordImport(tx, actor, { id, file: order.source.name, hash: checked.hash })
  const { accountOf = () => undefined } = order
  const { patients, ...recorded } = await recordPeople(app, tx, actor, { facts: checked.facts, people, accountOf })
  await recordClaimNames(tx, actor.practice, claims.names)
  await freeClaimNumbers(tx, actor.practice, claims.ended)
  const parties = await recordParties(tx, actor, { checked, claims: read, patients })
  const rest = await recordRest(tx, actor, order, { id, checked, patients })
  const terms = { currency, today, zone }
  const { openSince } = order
  const taken = await takeClaims(app, tx, actor, { claims: read, partiesOf: parties.of, terms, openSince })
  const made = { patients: recorded.made, charges: taken.charges, invoices: taken.invoices }
  await recordEvent(app, tx, actor, { type: 'file.imported', subject: id, data: { ...made } })
  const changed = recorded.updated + taken.changed + parties.made + rest
  const status: FileReport['status'] =
    made.patients + made.charges + made.invoices + changed > 0 ? 'taken' : 'unchanged'
  const report = {
    ...reportOf(order.source.name, checked, { people, claims, mapped: taken.mapped }),
    status,
    new: made,
    updated: { patients: recorded.updated },
  }
  await keepReport(tx, actor, id, report)
  return report
}

type Recording = {
  checked: CheckedFile
  claims: readonly FileClaim[]
  patients: ReadonlyMap<string, Household>
}

/** Records the clinicians, places and insurances of a file, and answers by whom and where each claim's care was given. */
async function recordParties(tx: Tx, actor: Actor, { checked, claims, patients }: Recording) {
  const { facts } = checked
  const readings = claims.map(claim => claim.reading)
  let made = 0
  const clinicians = new Map<string, ClinicianId>()
  const locations = new Map<string, LocationId>()
  for (const [key, clinician] of cliniciansOf(facts, readings)) {
    const recorded = await recordClinician(tx, actor.practice, clinician)
    clinicians.set(key, recorded.id)
    if (recorded.made) made++
  }
  for (const [key, location] of locationsOf(facts, readings)) {
    const recorded = await recordLocation(tx, actor.practice, location)
    locations.set(key, recorded.id)
    if (recorded.made) made++
  }
  const ownerOf = (source: string) => patients.get(source)?.id ?? source
  for (const insurance of insurancesOf(facts, payersOf(claims), ownerOf)) {
    const patient = patients.get(insurance.patient)
    if (patient && (await recordCoverage(tx, actor.practice, { ...insurance, patient: patient.id }))) made++
  }
  const of = ({ clinician, location }: ClaimReading) => ({
    clinician: clinicians.get(partyKey(facts, clinician) ?? '') ?? null,
    location: locations.get(partyKey(facts, location) ?? '') ?? null,
  })
  return { of, made }
}

/** Who insures whom, by the claims of which it is known whose they are. */
function payersOf(claims: readonly FileClaim[]) {
  return claims.flatMap(({ case: { held }, reading: { patient, payer } }) =>
    held === null && patient !== null ? [{ patient, payer: payer.name }] : [],
  )
}

/** The second reading: every resource is kept untouched, in batches; the file must be the one that was checked. */
async function recordRest(
  tx: Tx,
  actor: Actor,
  { source, onBytes = () => undefined }: ImportOrder,
  { id, checked, patients }: { id: ImportId; checked: CheckedFile; patients: ReadonlyMap<string, Household> },
): Promise<number> {
  const tap = tapped(source, done => onBytes(source.bytes + done, source.bytes * 2))
  const patientOf = (key: string) => patients.get(key)?.id ?? null
  const count = await recordEntries(tx, actor, id, checked.facts.index, readBundle(tap.chunks), patientOf)
  if (tap.hash() !== checked.hash) throw new Unreadable('The file changed while it was being read.', null)
  return count
}
