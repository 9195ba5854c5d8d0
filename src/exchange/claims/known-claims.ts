import { type ClaimBooks, readClaimBooks } from '../../billing/claim-books.ts'
import { findAccounts } from '../../identity/accounts.ts'
import type { AccountId, InvoiceId, PatientId, PracticeId } from '../../kernel/ids.ts'
import { type Cents, decimalText, sumCents } from '../../kernel/money.ts'
import { findReservedBills } from '../../payments/fit-reservations.ts'
import type { Tx } from '../../platform/database.ts'
import { askedCents } from '../fhir/bills.ts'
import { hash } from '../fhir/canonical.ts'
import type { FileClaim } from '../fhir/map-file.ts'
import { isLasting } from '../fhir/sources.ts'
import { findKept, type KeptClaim } from './kept-claims.ts'
import { figuresHash } from './reading-text.ts'

/** What is known of a file's claims: as files told them, as the books have them, and whose they are. */
export type Known = {
  /** By their key, and by what billing calls them. */
  readonly kept: ReadonlyMap<string, KeptClaim>
  readonly books: ReadonlyMap<string, ClaimBooks>
  readonly accounts: ReadonlyMap<PatientId, AccountId>
  /** What payments under way reserve of bills. */
  readonly reserved: ReadonlyMap<InvoiceId, Cents>
}

/** Reads what is known of claims. Answers them too: those whose bare id may be another sender's are held. */
export async function readKnown(
  tx: Tx,
  practice: PracticeId,
  claims: readonly FileClaim[],
): Promise<{ known: Known; claims: FileClaim[] }> {
  const sources = claims.filter(isTold).map(one => one.case.source)
  const accounts = await findAccounts(tx, practice, [...new Set(claims.flatMap(one => one.case.patient ?? []))])
  const books = await readClaimBooks(tx, practice, sources)
  const bills = [...books.values()].flatMap(each => each.bills.map(bill => bill.id))
  const reserved = bills.length > 0 ? await findReservedBills(tx, practice, bills) : new Map<InvoiceId, Cents>()
  const before = byName(await findKept(tx, practice, claims.map(keyOf)))
  const told = claims.map(claim => doubted(claim, books.get(claim.case.source), before.get(keyOf(claim))))
  const others = told.map(keyOf).filter(key => !before.has(key))
  const kept = new Map([...before, ...byName(await findKept(tx, practice, others))])
  return { known: { kept, books, accounts, reserved }, claims: told }
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
export function isTold({ case: { held, patient } }: FileClaim): boolean {
  return held === null && patient !== null
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
