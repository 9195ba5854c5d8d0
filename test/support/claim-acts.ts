import { sql } from 'kysely'
import { readClaimBooks } from '../../src/billing/claim-books.ts'
import { takeNextAnswer } from '../../src/billing/next-answer.ts'
import { withdrawClaim } from '../../src/billing/withdraw-claim.ts'
import { lockAccount } from '../../src/identity/accounts.ts'
import type { AccountId } from '../../src/kernel/ids.ts'
import type { Cents } from '../../src/kernel/money.ts'
import { rows, type Tx } from '../../src/platform/database.ts'
import type { Bank } from './bank.ts'
import { TODAY } from './world.ts'

/** Takes a claim out of the books. */
export function withdraw(bank: Bank, source: string): Promise<void> {
  return bank.read(async tx => {
    await lockHouseholds(bank, tx, source)
    const books = (await readClaimBooks(tx, bank.practice, [source])).get(source)
    if (books) await withdrawClaim(bank.app, tx, bank.actor, { books, on: TODAY })
  })
}

/** A next payer bears all of a claim's lines but so much of each. */
export function lower(bank: Bank, source: string, left: Record<number, Cents>, answer = 'second'): Promise<void> {
  return bank.read(async tx => {
    await lockHouseholds(bank, tx, source)
    const books = (await readClaimBooks(tx, bank.practice, [source])).get(source)
    if (!books) return
    const lines = books.lines.flatMap(line => {
      const patientShare = left[line.sequence]
      return patientShare === undefined
        ? []
        : [{ ...line, patientShare, insurancePaid: line.insurancePaid + line.patientShare - patientShare }]
    })
    await takeNextAnswer(bank.app, tx, bank.actor, { books, answer, on: TODAY, lines })
  })
}

/** As whoever takes in claims has done. */
async function lockHouseholds({ practice }: Bank, tx: Tx, source: string): Promise<void> {
  const found = await rows(
    tx,
    sql<{
      account: AccountId
    }>`select distinct account_id as account from billing.charge where practice_id = ${practice} and source = ${source} order by 1`,
  )
  for (const { account } of found) await lockAccount(tx, practice, account)
}
