import { recordEvent } from '../audit/events.ts'
import { billClaim } from '../billing/bill-claim.ts'
import { findContradictions } from '../billing/contradictions.ts'
import { lockAccount } from '../identity/accounts.ts'
import { findPatientBySource, getPatient, recordPatient } from '../identity/patients.ts'
import { recordCoverage } from '../insurance/coverages.ts'
import { type Actor, wholePractice } from '../kernel/actor.ts'
import { dayIn } from '../kernel/dates.ts'
import { type AccountId, type ClinicianId, type LocationId, newId, type PatientId } from '../kernel/ids.ts'
import type { App } from '../platform/app.ts'
import { type Tx, transact } from '../platform/database.ts'
import { recordClinician } from '../practice/clinicians.ts'
import { recordLocation } from '../practice/locations.ts'
import { getPractice } from '../practice/practices.ts'
import type { Bill, Terms } from './fhir/bills.ts'
import { WrongEntry } from './fhir/bundle-index.ts'
import { type CheckedFile, checkFile, hashOf, placed, type Source, tapped } from './fhir/check-file.ts'
import { type MappedFile, mapFile, patientsElsewhere } from './fhir/map-file.ts'
import { cliniciansOf, insurancesOf, locationsOf, partyKey } from './fhir/parties.ts'
import { readBundle } from './fhir/read-bundle.ts'
import { type FileReport, refusedReport } from './file-report.ts'
import { findImport, type ImportId, lockImports, recordImport } from './imports.ts'
import { recordEntries } from './record-entries.ts'
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

export type Household = { readonly id: PatientId; readonly account: AccountId }
type Made = { patients: number; charges: number; invoices: number; other: number }

/**
 * Imports one FHIR R4 Bundle for a practice: reads all of it, and only then writes all of it in one transaction, so
 * that a wrong file or a crash leaves nothing. Safe to repeat: what is known stays, and only what is new is taken.
 * A file that cannot be read is a report with status `refused`. Records file.imported and invoice.issued.
 */
export async function importFhir(app: App, actor: Actor, order: ImportOrder): Promise<FileReport> {
  const { source, onBytes = () => undefined } = order
  try {
    const known = await findReport(app, actor, source.name, await hashOf(source))
    if (known) return known
    const checked = await checkFile(source, done => onBytes(done, source.bytes * 2))
    return await transact(app.db, wholePractice(actor.practice), tx => recordFile(app, tx, actor, order, checked))
  } catch (error) {
    if (error instanceof Unreadable) return refusedReport(source.name, error)
    if (error instanceof WrongEntry) return refusedReport(source.name, await placed(source, error))
    throw error
  }
}

/** What a file with these very bytes came to, when it came in before. */
async function findReport(app: App, actor: Actor, file: string, hash: string): Promise<FileReport | undefined> {
  const found = await transact(app.db, wholePractice(actor.practice), tx => findImport(tx, actor, hash))
  return found && { ...found.report, file, status: 'unchanged' }
}

async function recordFile(
  app: App,
  tx: Tx,
  actor: Actor,
  order: ImportOrder,
  checked: CheckedFile,
): Promise<FileReport> {
  await lockImports(tx, actor)
  const { currency, timeZone } = await getPractice(tx, actor.practice)
  const terms = { currency, today: dayIn(timeZone, app.now()) }
  const known = await findElsewhere(tx, actor, checked)
  const mapped = await mapBeside(tx, actor, { name: order.source.name, checked, known, terms })
  if (await findImport(tx, actor, checked.hash)) return { ...mapped.report, status: 'unchanged' }
  const id: ImportId = newId('imp')
  await recordImport(tx, actor, { id, file: order.source.name, hash: checked.hash, report: mapped.report })
  const { patients, made } = await recordPatients(tx, actor, order, mapped, known)
  await lockHouseholds(tx, actor, patients)
  await recordBills(app, tx, actor, order, { checked, mapped, patients, made })
  made.other += await recordRest(tx, actor, order, { id, checked, patients })
  await recordEvent(app, tx, actor, { type: 'file.imported', subject: id, data: { ...made } })
  const isNew = made.patients + made.charges + made.invoices + made.other > 0
  return { ...mapped.report, status: isNew ? 'taken' : 'unchanged' }
}

/** Maps the file beside what the books say already: what contradicts them is held. */
async function mapBeside(
  tx: Tx,
  actor: Actor,
  file: { name: string; checked: CheckedFile; known: ReadonlyMap<string, Household>; terms: Terms },
): Promise<MappedFile> {
  const { name, checked, known, terms } = file
  const map = (contradictions?: ReadonlyMap<string, string>) =>
    mapFile(name, checked, new Set(known.keys()), terms, contradictions)
  const mapped = map()
  const contradictions = await findContradictions(tx, actor.practice, mapped.bills)
  return contradictions.size > 0 ? map(contradictions) : mapped
}

async function findElsewhere(tx: Tx, actor: Actor, { facts }: CheckedFile): Promise<Map<string, Household>> {
  const found = new Map<string, Household>()
  for (const source of patientsElsewhere(facts)) {
    const patient = await findPatientBySource(tx, actor.practice, source)
    if (patient) found.set(source, patient)
  }
  return found
}

/** Records patients; refuses the file when one of them is known here as somebody else, which a bare `Patient/1` can be. */
async function recordPatients(
  tx: Tx,
  actor: Actor,
  order: ImportOrder,
  mapped: MappedFile,
  known: ReadonlyMap<string, Household>,
): Promise<{ patients: Map<string, Household>; made: Made }> {
  const patients = new Map(known)
  let count = 0
  for (const { entry, ...facts } of mapped.patients) {
    const account = order.accountOf?.(facts.source)
    const { made, ...household } = await recordPatient(tx, actor.practice, {
      ...facts,
      ...(account ? { account } : {}),
    })
    if (made) count++
    else {
      const before = await getPatient(tx, actor.practice, household.id)
      if (!before.bornOn.equals(facts.bornOn) && before.familyName !== facts.familyName)
        throw new WrongEntry(`The patient ${facts.source} is known here as somebody else.`, entry, ['resource'])
    }
    patients.set(facts.source, household)
  }
  return { patients, made: { patients: count, charges: 0, invoices: 0, other: 0 } }
}

/** Money verbs lock the household's account first, each by id. */
async function lockHouseholds(tx: Tx, actor: Actor, patients: ReadonlyMap<string, Household>): Promise<void> {
  const accounts = new Set([...patients.values()].map(patient => patient.account))
  for (const account of [...accounts].sort()) await lockAccount(tx, actor.practice, account)
}

type Recording = { checked: CheckedFile; mapped: MappedFile; patients: ReadonlyMap<string, Household>; made: Made }

async function recordBills(app: App, tx: Tx, actor: Actor, order: ImportOrder, recording: Recording): Promise<void> {
  const { mapped, patients, made } = recording
  const parties = await recordParties(tx, actor, recording)
  const bills = mapped.bills.toSorted((a, b) => Temporal.PlainDate.compare(a.issuedOn, b.issuedOn))
  for (const bill of bills) {
    const patient = patients.get(bill.patient)
    if (!patient) continue
    const open = !order.openSince || Temporal.PlainDate.compare(bill.issuedOn, order.openSince) >= 0
    const claim = { ...bill, ...parties(bill), account: patient.account, patient: patient.id, open }
    const { charges, invoice } = await billClaim(app, tx, actor, claim)
    made.charges += charges
    if (invoice) made.invoices++
  }
}

/** Records the clinicians, places and insurances of a file, and answers by whom and where each bill's care was given. */
async function recordParties(tx: Tx, actor: Actor, { checked, mapped, patients, made }: Recording) {
  const { facts } = checked
  const clinicians = new Map<string, ClinicianId>()
  const locations = new Map<string, LocationId>()
  for (const [key, clinician] of cliniciansOf(facts, mapped.bills)) {
    const recorded = await recordClinician(tx, actor.practice, clinician)
    clinicians.set(key, recorded.id)
    if (recorded.made) made.other++
  }
  for (const [key, location] of locationsOf(facts, mapped.bills)) {
    const recorded = await recordLocation(tx, actor.practice, location)
    locations.set(key, recorded.id)
    if (recorded.made) made.other++
  }
  for (const insurance of insurancesOf(facts, mapped.bills)) {
    const patient = patients.get(insurance.patient)
    if (patient && (await recordCoverage(tx, actor.practice, { ...insurance, patient: patient.id }))) made.other++
  }
  return (bill: Bill) => ({
    clinician: clinicians.get(partyKey(facts, bill.clinician) ?? '') ?? null,
    location: locations.get(partyKey(facts, bill.location) ?? '') ?? null,
  })
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
