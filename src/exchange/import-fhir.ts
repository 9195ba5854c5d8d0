import { recordEvent } from '../audit/events.ts'
import { billClaim } from '../billing/bill-claim.ts'
import { findContradictions } from '../billing/contradictions.ts'
import { findAccounts, lockAccount } from '../identity/accounts.ts'
import { recordCoverage } from '../insurance/coverages.ts'
import { type Actor, wholePractice } from '../kernel/actor.ts'
import { dayIn } from '../kernel/dates.ts'
import { type AccountId, type ClinicianId, type LocationId, newId, type PatientId } from '../kernel/ids.ts'
import { assert } from '../kernel/refusal.ts'
import type { App } from '../platform/app.ts'
import { type Tx, transact } from '../platform/database.ts'
import { recordClinician } from '../practice/clinicians.ts'
import { recordLocation } from '../practice/locations.ts'
import { getPractice } from '../practice/practices.ts'
import { freeClaimNumbers, recordClaimNames } from './claim-names.ts'
import type { Bill, Terms } from './fhir/bills.ts'
import { type CheckedFile, checkFile, hashOf, type Source, tapped } from './fhir/check-file.ts'
import { type MappedFile, mapFile } from './fhir/map-file.ts'
import { cliniciansOf, insurancesOf, locationsOf, partyKey } from './fhir/parties.ts'
import { readBundle } from './fhir/read-bundle.ts'
import { type FileReport, refusedReport } from './file-report.ts'
import { findImport, type ImportId, lockImports, recordImport } from './imports.ts'
import { matchClaims, type SettledCases } from './match-claims.ts'
import { matchPeople } from './match-people.ts'
import { recordEntries } from './record-entries.ts'
import { type Household, recordPeople } from './record-people.ts'
import type { People } from './same-person.ts'
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

type Made = { patients: number; charges: number; invoices: number; other: number }

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
    const known: FileReport | undefined = found && { ...found.report, file, status: 'unchanged' }
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
  const people = await matchPeople(tx, actor.practice, checked.facts)
  const { currency } = await getPractice(tx, actor.practice)
  const terms = { currency, today: checked.facts.reading.today }
  const mapped = await mapBeside(tx, actor, { name: order.source.name, checked, people, terms })
  if (await findImport(tx, actor, checked.hash)) return { ...mapped.report, status: 'unchanged' }
  const id: ImportId = newId('imp')
  await recordImport(tx, actor, { id, file: order.source.name, hash: checked.hash, report: mapped.report })
  const { accountOf = () => undefined } = order
  const { patients, ...recorded } = await recordPeople(tx, actor.practice, checked.facts, people, accountOf)
  await recordClaimNames(tx, actor.practice, mapped.claims.names)
  await freeClaimNumbers(tx, actor.practice, mapped.claims.ended)
  const made: Made = { patients: recorded.made, charges: 0, invoices: 0, other: 0 }
  const accounts = await lockHouseholds(tx, actor, mapped.bills)
  await recordBills(app, tx, actor, order, { checked, mapped, patients, accounts, made })
  made.other += await recordRest(tx, actor, order, { id, checked, patients })
  await recordEvent(app, tx, actor, { type: 'file.imported', subject: id, data: { ...made } })
  const isNew = made.patients + made.charges + made.invoices + made.other > 0
  return { ...mapped.report, status: isNew ? 'taken' : 'unchanged' }
}

type Mapped = MappedFile & { readonly claims: SettledCases }

/** Maps the file beside what is known of its claims, and beside what the books say already: what contradicts them is held. */
async function mapBeside(
  tx: Tx,
  actor: Actor,
  { name, checked, people, terms }: { name: string; checked: CheckedFile; people: People; terms: Terms },
): Promise<Mapped> {
  const claims = await matchClaims(tx, actor.practice, checked.facts, people)
  const map = (contradictions: ReadonlyMap<string, string>) =>
    mapFile(name, checked, { people, claims, terms, contradictions })
  const mapped = map(new Map())
  const contradictions = await findContradictions(tx, actor.practice, mapped.bills)
  return { ...(contradictions.size > 0 ? map(contradictions) : mapped), claims }
}

/** Money verbs lock the household's account first, each by id. Answers with the household of each patient who is billed. */
async function lockHouseholds(tx: Tx, actor: Actor, bills: MappedFile['bills']): Promise<Map<PatientId, AccountId>> {
  const accounts = await findAccounts(tx, actor.practice, [...new Set(bills.map(bill => bill.record))])
  for (const account of [...new Set(accounts.values())].sort()) await lockAccount(tx, actor.practice, account)
  return accounts
}

type Recording = {
  checked: CheckedFile
  mapped: MappedFile
  patients: ReadonlyMap<string, Household>
  accounts: ReadonlyMap<PatientId, AccountId>
  made: Made
}

async function recordBills(app: App, tx: Tx, actor: Actor, order: ImportOrder, recording: Recording): Promise<void> {
  const { mapped, accounts, made } = recording
  const parties = await recordParties(tx, actor, recording)
  const bills = mapped.bills.toSorted((a, b) => Temporal.PlainDate.compare(a.issuedOn, b.issuedOn))
  for (const bill of bills) {
    const account = accounts.get(bill.record)
    assert(account, 'whoever is billed has a household')
    const open = !order.openSince || Temporal.PlainDate.compare(bill.issuedOn, order.openSince) >= 0
    const claim = { ...bill, ...parties(bill), account, patient: bill.record, open }
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
  const ownerOf = (source: string) => patients.get(source)?.id ?? source
  for (const insurance of insurancesOf(facts, mapped.bills, ownerOf)) {
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
