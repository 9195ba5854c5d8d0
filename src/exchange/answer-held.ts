import { actorName, recordEvent } from '../audit/events.ts'
import { billClaim, type ClaimLine } from '../billing/bill-claim.ts'
import { type ClaimBooks, readClaimBooks } from '../billing/claim-books.ts'
import { withdrawClaim } from '../billing/withdraw-claim.ts'
import { findAccounts, lockAccount } from '../identity/accounts.ts'
import { findPatient } from '../identity/patients.ts'
import { type StaffActor, type SystemActor, wholePractice } from '../kernel/actor.ts'
import type { AccountId, InvoiceId, PatientId } from '../kernel/ids.ts'
import { sumCents } from '../kernel/money.ts'
import { assert, Refusal } from '../kernel/refusal.ts'
import { findReservedBills } from '../payments/fit-reservations.ts'
import type { App } from '../platform/app.ts'
import { type Tx, transact } from '../platform/database.ts'
import { getAbout, todayAt } from '../practice/about.ts'
import { hasRefundOnItsWay } from '../returns/refunds.ts'
import { recordClaimNames } from './claim-names.ts'
import { heldLines } from './claims/held-lines.ts'
import { type HeldAnswer, type KeptClaim, listHeld, recordHeldAnswer, wasHeld } from './claims/kept-claims.ts'
import { priceForNobody, priceHeld, type Typed } from './claims/price-held.ts'
import { figuresHash } from './claims/reading-text.ts'
import { isLasting } from './fhir/sources.ts'
import { lockImports } from './imports.ts'

export type HeldOrder = Typed & {
  /** As it is listed, or as its file called it. */
  readonly claim: string
  readonly answer: HeldAnswer
  /** Whose it is, where that is what it is held for. */
  readonly patient?: PatientId | undefined
  readonly reason: string
}

/**
 * Staff answer a held claim, once (docs/domain.md, "Held claims"): bill it with a share for each line, say that it is not
 * the patient's, or leave it. What the books had of it is withdrawn first, and what was paid on that is credit. Staff
 * may, and Portico's command line. Refuses a claim that is not held or not any more, lines that do not add up, a payment
 * under way, and a patient who is not named or not known. Records claim.answered, invoice.withdrawn and invoice.issued.
 */
export async function answerHeld(
  app: App,
  actor: StaffActor | SystemActor,
  order: HeldOrder,
): Promise<{ claim: string; invoice: InvoiceId | null }> {
  if (order.reason.trim() === '') throw new Refusal('invalid', 'held.reason')
  return transact(app.db, wholePractice(actor.practice), async tx => {
    await lockImports(tx, actor)
    const held = await findHeld(tx, actor, order.claim)
    const patient = order.answer === 'leave' ? held.patient : await whose(tx, actor, held, order)
    const source = patient && (await sourceOf(tx, actor, held, patient))
    const invoice = order.answer === 'leave' ? null : await apply(app, tx, actor, { held, order, patient, source })
    const answered = await recordHeldAnswer(tx, actor.practice, {
      key: held.key,
      source: source ?? held.source,
      patient,
      answer: order.answer,
      of: figuresHash(held.reading),
      reason: order.reason.trim(),
      actor: actorName(actor),
    })
    assert(answered, 'a held claim is answered once')
    if (patient && source) await rememberNames(tx, actor, held, patient, source)
    const data = { answer: order.answer, ...(invoice ? { invoice } : {}) }
    await recordEvent(app, tx, actor, {
      type: 'claim.answered',
      subject: held.key,
      ...(patient ? { patient } : {}),
      data,
    })
    return { claim: held.key, invoice }
  })
}

async function findHeld(tx: Tx, { practice }: StaffActor | SystemActor, name: string): Promise<KeptClaim> {
  const [held, ...others] = await listHeld(tx, practice, name)
  if (held && others.length === 0) return held
  if (held) throw new Refusal('conflict', 'held.several')
  throw (await wasHeld(tx, practice, name))
    ? new Refusal('conflict', 'held.answered')
    : new Refusal('absent', 'held.absent')
}

/** Whose the claim is: as it says, or, where that is what it is held for, as staff say. */
async function whose(
  tx: Tx,
  { practice }: StaffActor | SystemActor,
  held: KeptClaim,
  { answer, patient }: HeldOrder,
): Promise<PatientId | null> {
  if (held.source !== null && held.patient !== null) {
    if (patient !== undefined && patient !== held.patient) throw new Refusal('invalid', 'held.patientSaid')
    return held.patient
  }
  const named = patient ?? held.patient
  if (named && !(await findPatient(tx, practice, named))) throw new Refusal('invalid', 'held.patientAbsent')
  if (!named && answer === 'bill') throw new Refusal('invalid', 'held.patient')
  return named
}

/**
 * By what billing is to know the claim. One of which it could not be told which it is, or whose, has its own name where no
 * other has it, and else the one that keeps it apart.
 */
async function sourceOf(
  tx: Tx,
  { practice }: StaffActor | SystemActor,
  held: KeptClaim,
  patient: PatientId,
): Promise<string> {
  if (held.source !== null) return held.source
  const told = held.key.slice(0, held.key.lastIndexOf(' '))
  const source = told.startsWith('null ') ? `${patient}${told.slice(4)}` : told
  return (await readClaimBooks(tx, practice, [source])).has(source) ? held.key : source
}

type Applying = { held: KeptClaim; order: HeldOrder; patient: PatientId | null; source: string | null }

async function apply(
  app: App,
  tx: Tx,
  actor: StaffActor | SystemActor,
  { held, order, patient, source }: Applying,
): Promise<InvoiceId | null> {
  const about = await getAbout(tx, actor.practice)
  const today = todayAt(app, about)
  const lines = heldLines(held.reading, about.practice.currency)
  const priced = order.answer === 'bill' ? priceHeld(lines, order, today) : priceForNobody(lines, today)
  if (!patient || !source) return null
  const account = (await findAccounts(tx, actor.practice, [patient])).get(patient)
  assert(account, 'whoever is billed has a household')
  const before = (await readClaimBooks(tx, actor.practice, [source])).get(source)
  for (const each of [...new Set([account, ...(before?.bills ?? []).map(bill => bill.account)])].sort())
    await lockAccount(tx, actor.practice, each)
  const books = (await readClaimBooks(tx, actor.practice, [source])).get(source)
  if (books) await takeBack(app, tx, actor, books, today)
  if (!priced) return null
  return bill(app, tx, actor, { held, patient, source, account, lines: priced, books, today })
}

async function takeBack(
  app: App,
  tx: Tx,
  actor: StaffActor | SystemActor,
  books: ClaimBooks,
  on: Temporal.PlainDate,
): Promise<void> {
  const bills = books.bills.map(bill => bill.id)
  const reserved = await findReservedBills(tx, actor.practice, bills)
  if (reserved.size > 0 || (await hasRefundOnItsWay(tx, actor.practice, bills)))
    throw new Refusal('conflict', 'held.underWay')
  await withdrawClaim(app, tx, actor, { books, on })
}

type Billing = {
  held: KeptClaim
  patient: PatientId
  source: string
  account: AccountId
  lines: readonly ClaimLine[]
  books: ClaimBooks | undefined
  today: Temporal.PlainDate
}

/** Issues it today; what was settled elsewhere of an earlier bill stays settled. */
async function bill(
  app: App,
  tx: Tx,
  actor: StaffActor | SystemActor,
  { held, lines, books, today, ...of }: Billing,
): Promise<InvoiceId | null> {
  const { reading, clinician, location } = held
  const { invoice } = await billClaim(app, tx, actor, {
    ...of,
    title: reading.title,
    clinician,
    location,
    payer: reading.payer.name,
    servicedOn: reading.servicedOn ?? reading.createdOn ?? today,
    issuedOn: today,
    open: true,
    settledBefore: sumCents((books?.bills ?? []).map(each => each.settled)),
    lines,
  })
  return invoice
}

/** By what a later file would find it: its own name and its numbers. */
async function rememberNames(
  tx: Tx,
  { practice }: StaffActor | SystemActor,
  { reading, source: known }: KeptClaim,
  patient: PatientId,
  source: string,
): Promise<void> {
  if (known !== null) return
  const { numbers, content } = reading
  const own = isLasting(source) ? [`address ${source}`] : []
  await recordClaimNames(
    tx,
    practice,
    [...own, ...numbers.map(number => `number ${number}`)].map(name => ({ name, patient, source, content })),
  )
}
