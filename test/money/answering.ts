import { sql } from 'kysely'
import { type ClaimBooks, readClaimBooks } from '../../src/billing/claim-books.ts'
import { takeNextAnswer, takesElsewhere } from '../../src/billing/next-answer.ts'
import { withdrawClaim } from '../../src/billing/withdraw-claim.ts'
import { lockAccount } from '../../src/identity/accounts.ts'
import { sumCents } from '../../src/kernel/money.ts'
import { findReservedBills, fitReservations } from '../../src/payments/fit-reservations.ts'
import { one, type Tx } from '../../src/platform/database.ts'
import { hasRefundOnItsWay } from '../../src/returns/refunds.ts'
import { newPayment, TODAY } from '../support/world.ts'
import type { Acts } from './acts.ts'
import { checkLowered } from './laws.ts'
import { pick } from './paying.ts'
import type { Scene } from './scene.ts'
import { creditIn, see } from './seen.ts'

/** What the books have of the claim behind a bill, under the household's lock; undefined where it is gone already. */
async function booksOf(tx: Tx, { bank, account, seen }: Scene, which: number): Promise<ClaimBooks | undefined> {
  const bill = pick(seen.bills, which)
  if (!bill) return undefined
  await lockAccount(tx, bank.practice, account)
  const { source } = await one(
    tx,
    sql<{
      source: string
    }>`select source from billing.invoice where practice_id = ${bank.practice} and id = ${bill.id}`,
  )
  return (await readClaimBooks(tx, bank.practice, [source])).get(source)
}

/** A later payer bears so many percent of each line that is left to the patient; held where that needs what no payment gave. */
export async function lower(scene: Scene, { which, share }: Acts['lower']): Promise<void> {
  const { bank, account, seen: before } = scene
  const less = await bank.read(async tx => {
    const books = await booksOf(tx, scene, which)
    if (!books) return 0n
    const lines = books.lines.map(line => {
      const borne = (line.patientShare * BigInt(share)) / 100n
      return { ...line, insurancePaid: line.insurancePaid + borne, patientShare: line.patientShare - borne }
    })
    if (takesElsewhere(books, lines)) return 0n
    await takeNextAnswer(bank.app, tx, bank.actor, { books, answer: newPayment(), on: TODAY, lines })
    await fitReservations(tx, bank.practice, account)
    return sumCents(books.lines.map((line, n) => line.patientShare - (lines[n]?.patientShare ?? 0n)))
  })
  checkLowered(before, await see(scene), less)
}

/** Staff take a claim back, unless money of its bill is on its way: what was paid on it is credit. */
export async function withdraw(scene: Scene, { which }: Acts['withdraw']): Promise<void> {
  const { bank, seen: before } = scene
  const gone = await bank.read(async tx => {
    const books = await booksOf(tx, scene, which)
    const bills = books?.bills.map(bill => bill.id) ?? []
    const reserved = await findReservedBills(tx, bank.practice, bills)
    if (!books || reserved.size > 0 || (await hasRefundOnItsWay(tx, bank.practice, bills))) return undefined
    await withdrawClaim(bank.app, tx, bank.actor, { books, on: TODAY })
    return { id: bills[0], paid: sumCents(books.bills.map(bill => bill.paid)) }
  })
  const after = await see(scene)
  if (!gone) return
  const bill = after.bills.find(each => each.id === gone.id)
  if (bill?.open !== 0n) throw new Error(`a bill that is withdrawn is not owed: ${bill?.open}`)
  if (creditIn(after) - creditIn(before) !== gone.paid) throw new Error('what was paid on a withdrawn bill is credit')
}
