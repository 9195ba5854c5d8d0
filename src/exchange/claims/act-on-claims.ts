import { billClaim, type ClaimToBill } from '../../billing/bill-claim.ts'
import { billFreshClaims, isPlain } from '../../billing/bill-fresh-claims.ts'
import { dropCharges } from '../../billing/charges.ts'
import type { ClaimBooks } from '../../billing/claim-books.ts'
import { takeNextAnswer } from '../../billing/next-answer.ts'
import { withdrawClaim } from '../../billing/withdraw-claim.ts'
import type { Actor } from '../../kernel/actor.ts'
import { fitReservations } from '../../payments/fit-reservations.ts'
import type { App } from '../../platform/app.ts'
import type { Tx } from '../../platform/database.ts'
import type { Decision } from './decide.ts'

/** What was decided of one claim, with what the books have of it and what to bill. */
export type Act = {
  readonly decision: Decision
  readonly books: ClaimBooks | undefined
  readonly bill: ClaimToBill | undefined
}

/** How much of a claim was new. */
export type Done = { readonly charges: number; readonly invoices: number; readonly changed: number }

/** How many claims are billed at once. */
const MOST = 1_000

/** Whether a decision changes the books: what they have already is not billed again. */
export function doesSomething({ withdraw, lower, drop = [], bill }: Decision, books: ClaimBooks | undefined): boolean {
  if (withdraw || lower || drop.length > 0) return true
  const known = new Map(books?.lines.map(line => [line.sequence, line]))
  return (
    bill?.lines.some(line => {
      const charge = known.get(line.sequence)
      return !charge || (charge.waiting && !line.waiting)
    }) === true
  )
}

/** Does what was decided of claims, in their order; those of which the books have nothing are billed many at once. */
export async function actOnClaims(
  app: App,
  tx: Tx,
  actor: Actor,
  acts: readonly Act[],
  on: Temporal.PlainDate,
): Promise<Done[]> {
  const done: Done[] = []
  let fresh: ClaimToBill[] = []
  const flush = async () => {
    for (const { charges, invoice } of await billFreshClaims(app, tx, actor, fresh))
      done.push({ charges, invoices: invoice ? 1 : 0, changed: 0 })
    fresh = []
  }
  for (const one of acts) {
    if (one.bill && isFresh(one)) fresh.push(one.bill)
    else {
      await flush()
      done.push(await act(app, tx, actor, one, on))
    }
    if (fresh.length >= MOST) await flush()
  }
  await flush()
  return done
}

function isFresh({ decision, books, bill }: Act): boolean {
  const { withdraw, lower, drop = [] } = decision
  return !books && !withdraw && !lower && drop.length === 0 && bill !== undefined && isPlain(bill)
}

/** Does what was decided of one claim. */
async function act(
  app: App,
  tx: Tx,
  actor: Actor,
  { decision: { withdraw, lower, drop = [] }, books, bill }: Act,
  on: Temporal.PlainDate,
): Promise<Done> {
  if (withdraw && books) await withdrawClaim(app, tx, actor, { books, on })
  if (lower && books) {
    await takeNextAnswer(app, tx, actor, { books, on, ...lower })
    for (const account of new Set(books.bills.map(one => one.account)))
      await fitReservations(tx, actor.practice, account)
  }
  if (drop.length > 0) await dropCharges(tx, actor.practice, drop)
  const changed = withdraw || lower || drop.length > 0 ? 1 : 0
  if (!bill) return { charges: 0, invoices: 0, changed }
  const made = await billClaim(app, tx, actor, bill)
  return { charges: made.charges, invoices: made.invoice ? 1 : 0, changed }
}
