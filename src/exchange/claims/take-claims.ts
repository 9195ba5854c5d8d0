import { billClaim } from '../../billing/bill-claim.ts'
import { dropCharges, findClaimAccounts } from '../../billing/charges.ts'
import { type ClaimBooks, readClaimBooks } from '../../billing/claim-books.ts'
import { takeNextAnswer } from '../../billing/next-answer.ts'
import { withdrawClaim } from '../../billing/withdraw-claim.ts'
import { findAccounts, lockAccount } from '../../identity/accounts.ts'
import type { Actor } from '../../kernel/actor.ts'
import type { AccountId, ClinicianId, LocationId, PatientId } from '../../kernel/ids.ts'
import { type Cents, decimalText, sumCents } from '../../kernel/money.ts'
import { assert } from '../../kernel/refusal.ts'
import { findReservedBills, fitReservations } from '../../payments/fit-reservations.ts'
import { countReceivedSince } from '../../payments/received.ts'
import type { App } from '../../platform/app.ts'
import type { Tx } from '../../platform/database.ts'
import { askedCents, type Terms } from '../fhir/bills.ts'
import { hash } from '../fhir/canonical.ts'
import type { Mapped } from '../fhir/fates.ts'
import type { FileClaim } from '../fhir/map-file.ts'
import type { ClaimReading } from '../fhir/reading.ts'
import { isLasting } from '../fhir/sources.ts'
import { type Decision, decide } from './decide.ts'
import { type ClaimToKeep, findKept, type KeptClaim, keepClaims } from './kept-claims.ts'
import { figuresHash } from './reading-text.ts'

/** By whom and where a claim's care was given. */
export type Parties = { readonly clinician: ClinicianId | null; readonly location: LocationId | null }

export type ClaimsToTake = {
  readonly claims: readonly FileClaim[]
  readonly partiesOf: (reading: ClaimReading) => Parties
  readonly terms: Terms & { readonly zone: string }
  readonly openSince?: Temporal.PlainDate | undefined
}

/** What became of a file's claims, in their order, and how much of it is new. */
export type TakenClaims = {
  readonly mapped: readonly Mapped[]
  readonly charges: number
  readonly invoices: number
  /** Claims whose standing changed: bills withdrawn, lowered, or claims held now and not before. */
  readonly changed: number
  /** The charges and bills of each of them that are new. */
  readonly made: readonly { readonly charges: number; readonly invoices: number }[]
}

type Known = {
  readonly kept: ReadonlyMap<string, KeptClaim>
  readonly books: ReadonlyMap<string, ClaimBooks>
  readonly accounts: ReadonlyMap<PatientId, AccountId>
}

/**
 * Takes a file's claims: each is decided beside all that earlier files told of it and what the books have, and then billed,
 * replaced, lowered, withdrawn or held. Locks the households that it writes to. Records invoice.issued, invoice.withdrawn
 * and invoice.lowered.
 */
export async function takeClaims(app: App, tx: Tx, actor: Actor, given: ClaimsToTake): Promise<TakenClaims> {
  const { known, claims } = await lockKnown(tx, actor, given.claims)
  const order = { ...given, claims }
  const decided: { at: number; claim: FileClaim; decision: Decision }[] = []
  for (const [at, claim] of order.claims.entries())
    decided.push({ at, claim, decision: await decideOne(tx, actor, order, known, claim) })
  const counts = { charges: 0, invoices: 0, changed: 0 }
  const each = decided.map(() => ({ charges: 0, invoices: 0 }))
  for (const { at, claim, decision } of decided.toSorted(byIssue)) {
    const made = await act(app, tx, actor, order, known, claim, decision)
    each[at] = { charges: made.charges, invoices: made.invoices }
    counts.charges += made.charges
    counts.invoices += made.invoices
    counts.changed += made.changed
  }
  const keeping = decided.map(({ claim, decision }) => keptOf(order, known, claim, decision))
  await keepClaims(tx, actor.practice, keeping)
  const isNewlyHeld = ({ key, state }: ClaimToKeep) => state === 'held' && known.kept.get(key)?.state !== 'held'
  counts.changed += keeping.filter(isNewlyHeld).length
  return { mapped: decided.map(({ decision }) => decision.mapped), made: each, ...counts }
}

function byIssue(a: { at: number; decision: Decision }, b: { at: number; decision: Decision }): number {
  const [first, second] = [a, b].map(({ decision }) => decision.bill?.issuedOn)
  return first && second ? Temporal.PlainDate.compare(first, second) || a.at - b.at : a.at - b.at
}

/**
 * By what a claim is kept: what billing calls it; one of which it cannot be told which it is, or whose, by what it says,
 * so that it never meets another.
 */
export function keyOf(claim: FileClaim): string {
  const { source } = claim.case
  if (isTold(claim)) return source
  const { reading } = claim
  return `${source} ${hash(`${figuresHash(reading)} ${reading.person}`).slice(0, 16)}`
}

/** Whether it can be told which claim it is, and whose. */
function isTold({ case: { held, patient } }: FileClaim): boolean {
  return held === null && patient !== null
}

/** Money verbs lock the household's account first, each by id: those of the file's patients, and of bills that stand. */
async function lockKnown(
  tx: Tx,
  actor: Actor,
  claims: readonly FileClaim[],
): Promise<{ known: Known; claims: FileClaim[] }> {
  const { practice } = actor
  const sources = claims.filter(isTold).map(one => one.case.source)
  const patients = claims.flatMap(one => one.case.patient ?? [])
  const accounts = await findAccounts(tx, practice, [...new Set(patients)])
  const billed = await findClaimAccounts(tx, practice, sources)
  for (const account of [...new Set([...accounts.values(), ...billed])].sort()) await lockAccount(tx, practice, account)
  const books = await readClaimBooks(tx, practice, sources)
  const before = byName(await findKept(tx, practice, claims.map(keyOf)))
  const told = claims.map(claim => doubted(claim, books.get(claim.case.source), before.get(keyOf(claim))))
  const others = told.map(keyOf).filter(key => !before.has(key))
  const kept = new Map([...before, ...byName(await findKept(tx, practice, others))])
  return { known: { kept, books, accounts }, claims: told }
}

/** Kept claims by their key, and by what billing calls them. */
function byName(found: readonly KeptClaim[]): Map<string, KeptClaim> {
  return new Map(found.flatMap(one => [one.key, ...(one.source ? [one.source] : [])].map(name => [name, one] as const)))
}

/**
 * An id without a base is one claim for one person and day, unless it asks for another amount than what is known: then it
 * may be another sender's, and nobody can tell.
 */
function doubted(claim: FileClaim, books: ClaimBooks | undefined, kept: KeptClaim | undefined): FileClaim {
  if (!isTold(claim) || isLasting(claim.case.source) || !(books || kept)) return claim
  const ours = books ? sumCents(books.lines.map(line => line.charged)) : askedCents(kept?.reading ?? claim.reading)
  const theirs = askedCents(claim.reading)
  const apart = ours > theirs ? ours - theirs : theirs - ours
  // As far as rounding may move a total.
  if (theirs === 0n || apart <= BigInt(books?.lines.length ?? 1)) return claim
  const why = `It has the id and the day of a claim that is known here, and charges ${decimalText(theirs)}; that one charges ${decimalText(ours)}.`
  return { ...claim, case: { ...claim.case, held: why } }
}

async function decideOne(
  tx: Tx,
  { practice }: Actor,
  { terms }: ClaimsToTake,
  { kept, books, accounts }: Known,
  claim: FileClaim,
): Promise<Decision> {
  const { source, held, patient } = claim.case
  const known = isTold(claim) ? books.get(source) : undefined
  const reserved = known
    ? await findReservedBills(
        tx,
        practice,
        known.bills.map(bill => bill.id),
      )
    : new Map<string, Cents>()
  const account = patient ? accounts.get(patient) : undefined
  return decide({
    reading: claim.reading,
    held,
    kept: kept.get(keyOf(claim)),
    books: known,
    reserved: sumCents(reserved.values()),
    received: account && saysPaidBefore(claim.reading) ? await received(tx, practice, account, claim, terms.zone) : 0,
    terms,
  })
}

function saysPaidBefore({ answers }: ClaimReading): boolean {
  return answers.some(({ header, lines }) =>
    [header, ...lines.map(line => line.said)].some(said => said.amounts.paidByPatient),
  )
}

async function received(tx: Tx, practice: Actor['practice'], account: AccountId, { reading }: FileClaim, zone: string) {
  const day = reading.servicedOn?.subtract({ days: 30 })
  return day ? await countReceivedSince(tx, practice, account, { day, zone }) : 0
}

/** Does what was decided of one claim; answers what of it was new. */
async function act(
  app: App,
  tx: Tx,
  actor: Actor,
  order: ClaimsToTake,
  { kept, books, accounts }: Known,
  claim: FileClaim,
  { withdraw, lower, drop, bill }: Decision,
): Promise<{ charges: number; invoices: number; changed: number }> {
  const known = isTold(claim) ? books.get(claim.case.source) : undefined
  const on = order.terms.today
  if (withdraw && known) await withdrawClaim(app, tx, actor, { books: known, on })
  if (lower && known) {
    await takeNextAnswer(app, tx, actor, { books: known, on, ...lower })
    for (const account of new Set(known.bills.map(one => one.account)))
      await fitReservations(tx, actor.practice, account)
  }
  if (drop && drop.length > 0) await dropCharges(tx, actor.practice, drop)
  const changed = withdraw || lower || (drop && drop.length > 0) ? 1 : 0
  const { patient } = claim.case
  if (!bill || !patient) return { charges: 0, invoices: 0, changed }
  const account = accounts.get(patient)
  assert(account, 'whoever is billed has a household')
  const open = !order.openSince || Temporal.PlainDate.compare(bill.issuedOn, order.openSince) >= 0
  const parties = partiesOf(order, claim, kept.get(keyOf(claim)))
  const made = await billClaim(app, tx, actor, { ...bill, ...parties, account, patient, open })
  return { charges: made.charges, invoices: made.invoice ? 1 : 0, changed }
}

/** As the file says; where it has an answer alone, as the claim said before. */
function partiesOf(order: ClaimsToTake, { reading }: FileClaim, kept: KeptClaim | undefined): Parties {
  const { clinician, location } = order.partiesOf(reading)
  return { clinician: clinician ?? kept?.clinician ?? null, location: location ?? kept?.location ?? null }
}

function keptOf(
  order: ClaimsToTake,
  { kept }: Known,
  claim: FileClaim,
  { reading, state, mapped }: Decision,
): ClaimToKeep {
  const key = keyOf(claim)
  const known = kept.get(key)
  const { source, patient } = claim.case
  return {
    key: known?.key ?? key,
    source: isTold(claim) ? source : (known?.source ?? null),
    name: claim.case.name,
    patient: patient ?? known?.patient ?? null,
    ...partiesOf(order, claim, known),
    reading,
    state,
    why: 'held' in mapped ? mapped.held : null,
  }
}
