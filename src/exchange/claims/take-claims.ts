import type { ClaimToBill } from '../../billing/bill-claim.ts'
import { findClaimAccounts } from '../../billing/charges.ts'
import { lockAccounts } from '../../identity/accounts.ts'
import type { Actor } from '../../kernel/actor.ts'
import type { AccountId, ClinicianId, LocationId } from '../../kernel/ids.ts'
import { sumCents } from '../../kernel/money.ts'
import { assert } from '../../kernel/refusal.ts'
import { countReceivedSince } from '../../payments/received.ts'
import type { App } from '../../platform/app.ts'
import type { Tx } from '../../platform/database.ts'
import type { Terms } from '../fhir/bills.ts'
import type { Mapped } from '../fhir/fates.ts'
import type { FileClaim } from '../fhir/map-file.ts'
import type { ClaimReading } from '../fhir/reading.ts'
import { type Act, actOnClaims, type Done, doesSomething } from './act-on-claims.ts'
import { type Decision, decide } from './decide.ts'
import { type ClaimToKeep, type KeptClaim, keepClaims } from './kept-claims.ts'
import { isTold, type Known, keyOf, readKnown } from './known-claims.ts'

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

/** A claim with what was decided of it, at its place in the file. */
type Decided = { readonly at: number; readonly claim: FileClaim; readonly decision: Decision; readonly known: Known }

/**
 * Takes a file's claims: each is decided beside all that earlier files told of it and what the books have, and then billed,
 * replaced, lowered, withdrawn or held. Everything is read, decided and kept first; the households whose books change are
 * locked last, and decided anew under their locks. Records invoice.issued, invoice.withdrawn and invoice.lowered.
 */
export async function takeClaims(app: App, tx: Tx, actor: Actor, order: ClaimsToTake): Promise<TakenClaims> {
  const first = await decideAll(tx, actor, order, order.claims)
  await keepAll(tx, actor, order, first)
  const working = first.filter(({ claim, decision, known }) => doesSomething(decision, booksOf(known, claim)))
  await lockHouseholds(tx, actor, working)
  const again = await decideAll(
    tx,
    actor,
    order,
    working.map(one => one.claim),
  )
  const final = [...first]
  for (const [n, one] of again.entries()) final[working[n]?.at ?? 0] = { ...one, at: working[n]?.at ?? 0 }
  const overtaken = again.filter((one, n) => one.decision.state !== working[n]?.decision.state)
  if (overtaken.length > 0) await keepAll(tx, actor, order, overtaken)
  const acting = working.map(one => final[one.at] as Decided).toSorted(byIssue)
  const done = await actOnClaims(
    app,
    tx,
    actor,
    acting.map(one => actOf(order, one)),
    order.terms.today,
  )
  return countTaken(first, final, acting, done)
}

async function decideAll(tx: Tx, actor: Actor, order: ClaimsToTake, claims: readonly FileClaim[]): Promise<Decided[]> {
  const { known, claims: told } = await readKnown(tx, actor.practice, claims)
  const decided: Decided[] = []
  for (const [at, claim] of told.entries())
    decided.push({ at, claim, known, decision: await decideOne(tx, actor, order, known, claim) })
  return decided
}

async function decideOne(
  tx: Tx,
  { practice }: Actor,
  { terms }: ClaimsToTake,
  known: Known,
  claim: FileClaim,
): Promise<Decision> {
  const { held, patient } = claim.case
  const books = booksOf(known, claim)
  const account = patient ? known.accounts.get(patient) : undefined
  return decide({
    reading: claim.reading,
    held,
    kept: known.kept.get(keyOf(claim)),
    books,
    reserved: sumCents((books?.bills ?? []).map(bill => known.reserved.get(bill.id) ?? 0n)),
    received: account && saysPaidBefore(claim.reading) ? await received(tx, practice, account, claim, terms.zone) : 0,
    terms,
  })
}

function booksOf({ books }: Known, claim: FileClaim) {
  return isTold(claim) ? books.get(claim.case.source) : undefined
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

/** Money verbs lock the household's account first, each by id: those of the patients who are billed, and of bills that stand. */
async function lockHouseholds(tx: Tx, { practice }: Actor, working: readonly Decided[]): Promise<void> {
  const own = working.flatMap(({ claim, known }) => known.accounts.get(claim.case.patient ?? 'pat_') ?? [])
  const billed = await findClaimAccounts(
    tx,
    practice,
    working.map(({ claim }) => claim.case.source),
  )
  await lockAccounts(tx, practice, [...new Set([...own, ...billed])])
}

function byIssue(a: Decided, b: Decided): number {
  const [first, second] = [a, b].map(({ decision }) => decision.bill?.issuedOn)
  return first && second ? Temporal.PlainDate.compare(first, second) || a.at - b.at : a.at - b.at
}

function actOf(order: ClaimsToTake, { claim, known, decision }: Decided): Act {
  return { decision, books: booksOf(known, claim), bill: billOf(order, known, claim, decision) }
}

function billOf(order: ClaimsToTake, known: Known, claim: FileClaim, { bill }: Decision): ClaimToBill | undefined {
  const { patient } = claim.case
  if (!bill || !patient) return undefined
  const account: AccountId | undefined = known.accounts.get(patient)
  assert(account, 'whoever is billed has a household')
  const open = !order.openSince || Temporal.PlainDate.compare(bill.issuedOn, order.openSince) >= 0
  return { ...bill, ...partiesOf(order, claim, known.kept.get(keyOf(claim))), account, patient, open }
}

/** As the file says; where it has an answer alone, as the claim said before. */
function partiesOf(order: ClaimsToTake, { reading }: FileClaim, kept: KeptClaim | undefined): Parties {
  const { clinician, location } = order.partiesOf(reading)
  return { clinician: clinician ?? kept?.clinician ?? null, location: location ?? kept?.location ?? null }
}

/** Keeps what is known of claims now, and what is to become of them. */
async function keepAll(tx: Tx, { practice }: Actor, order: ClaimsToTake, decided: readonly Decided[]): Promise<void> {
  for (let from = 0; from < decided.length; from += MOST_KEPT)
    await keepClaims(
      tx,
      practice,
      decided.slice(from, from + MOST_KEPT).map(one => keptOf(order, one)),
    )
}

/** How many claims are sent to the database at once. */
const MOST_KEPT = 500

function keptOf(order: ClaimsToTake, { known: { kept }, claim, decision }: Decided): ClaimToKeep {
  const { reading, state, mapped } = decision
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

/** What became of all, in the order of the file. */
function countTaken(
  first: readonly Decided[],
  final: readonly Decided[],
  acting: readonly Decided[],
  done: readonly Done[],
): TakenClaims {
  const made: Done[] = final.map(() => ({ charges: 0, invoices: 0, changed: 0 }))
  for (const [n, { at }] of acting.entries()) made[at] = done[n] as Done
  const sum = (read: (one: Done) => number) => made.reduce((total, one) => total + read(one), 0)
  const newlyHeld = final.filter(({ decision }, at) => {
    const { claim, known } = first[at] as Decided
    return decision.state === 'held' && known.kept.get(keyOf(claim))?.state !== 'held'
  })
  return {
    mapped: final.map(one => one.decision.mapped),
    charges: sum(one => one.charges),
    invoices: sum(one => one.invoices),
    changed: sum(one => one.changed) + newlyHeld.length,
    made,
  }
}
