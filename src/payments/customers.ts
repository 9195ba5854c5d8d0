import { sql } from 'kysely'
import { wholePractice } from '../kernel/actor.ts'
import type { AccountId, PracticeId } from '../kernel/ids.ts'
import { Refusal } from '../kernel/refusal.ts'
import { maybe, type Tx, transact } from '../platform/database.ts'
import type { Connection } from '../processor/connections.ts'
import type { PaymentsApp } from '../processor/processor.ts'

/** The household's customer at the processor, if it has one there. */
async function findCustomer(
  tx: Tx,
  practice: PracticeId,
  account: AccountId,
  connection: Connection,
): Promise<string | undefined> {
  const found = await maybe(
    tx,
    sql<{ customer: string }>`select processor_customer as customer from payments.customer
      where practice_id = ${practice} and account_id = ${account} and connection_id = ${connection.id}`,
  )
  return found?.customer
}

/** The household's customer at the processor, made there once; refused when the processor cannot be asked (`busy`). */
export async function getCustomer(
  app: PaymentsApp,
  practice: PracticeId,
  account: AccountId,
  connection: Connection,
): Promise<string> {
  const scope = wholePractice(practice)
  const known = await transact(app.db, scope, tx => findCustomer(tx, practice, account, connection))
  if (known) return known
  const answer = await app.processor.createCustomer(connection.processorAccount, { practice, account })
  if (!('value' in answer)) throw new Refusal('invalid', 'busy')
  return transact(app.db, scope, async tx => {
    await sql`insert into payments.customer (practice_id, account_id, connection_id, processor_customer) values (${practice}, ${account}, ${connection.id}, ${answer.value})
      on conflict do nothing`.execute(tx)
    // Made twice at once, the first one kept is the household's; the other is never used.
    return (await findCustomer(tx, practice, account, connection)) ?? answer.value
  })
}
