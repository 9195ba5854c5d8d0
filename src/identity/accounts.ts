import { type RawBuilder, sql } from 'kysely'
import { type AccountId, newId, type PatientId, type PracticeId } from '../kernel/ids.ts'
import { Refusal } from '../kernel/refusal.ts'
import { list, rows, type Tx } from '../platform/database.ts'

/** Makes an account without patients yet. */
export async function recordAccount(tx: Tx, practice: PracticeId): Promise<AccountId> {
  const id = newId('acc')
  await sql`insert into identity.account (practice_id, id) values (${practice}, ${id})`.execute(tx)
  return id
}

/** Makes this patient the one who is financially responsible for the account. */
export async function recordGuarantor(
  tx: Tx,
  practice: PracticeId,
  account: AccountId,
  patient: PatientId,
): Promise<void> {
  await sql`insert into identity.guarantor (practice_id, account_id, patient_id) values (${practice}, ${account}, ${patient})
    on conflict (practice_id, account_id) do update set patient_id = excluded.patient_id`.execute(tx)
}

/** The households that these patients belong to. */
export async function findAccounts(
  tx: Tx,
  practice: PracticeId,
  patients: readonly PatientId[],
): Promise<Map<PatientId, AccountId>> {
  const found = await rows(
    tx,
    sql<{ patient: PatientId; account: AccountId }>`select id as patient, account_id as account from identity.patient
      where practice_id = ${practice} and id = any (${list(patients)})`,
  )
  return new Map(found.map(one => [one.patient, one.account]))
}

/** Who is financially responsible for each of these households; the query for batches. */
export function selectGuarantors(practice: PracticeId, accounts: readonly AccountId[]) {
  return sql<{
    account: AccountId
    patient: PatientId
    name: string
  }>`select g.account_id as account, g.patient_id as patient,
    p.full_name as name from identity.guarantor g join identity.patient p on p.practice_id = g.practice_id and p.id = g.patient_id
    where g.practice_id = ${practice} and g.account_id = any (${list(accounts)})`
}

/** Locks the household's row, which every money verb takes first; refuses an account this transaction may not see (404). */
export async function lockAccount(tx: Tx, practice: PracticeId, account: AccountId): Promise<void> {
  checkLocked(await rows(tx, selectAccountLock(practice, account)))
}

/** Locks the rows of several households, each by id; refuses one that this transaction may not see (404). */
export async function lockAccounts(tx: Tx, practice: PracticeId, accounts: readonly AccountId[]): Promise<void> {
  const locked = await rows(
    tx,
    sql`select id from identity.account where practice_id = ${practice} and id = any (${list(accounts)}) order by id for update`,
  )
  if (locked.length < accounts.length) throw new Refusal('absent', 'account.absent')
}

/** The query behind lockAccount, for batches that begin with it; give its rows to checkLocked. */
export function selectAccountLock(practice: PracticeId, account: AccountId | RawBuilder<AccountId>) {
  return sql`select id from identity.account where practice_id = ${practice} and id = ${account} for update`
}

export function checkLocked(locked: readonly unknown[]): void {
  if (locked.length === 0) throw new Refusal('absent', 'account.absent')
}
