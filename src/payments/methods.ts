import { sql } from 'kysely'
import { type AccountId, type ConnectionId, type MethodId, newId, type PracticeId } from '../kernel/ids.ts'
import { maybe, one, rows, type Tx } from '../platform/database.ts'
import type { Card, ProcessorAccount } from '../processor/processor.ts'
import { UNDER_WAY } from './payments.ts'

/** A saved card. Its number is the processor's alone; we keep what a person needs to recognise it. */
export type Method = {
  readonly id: MethodId
  readonly connection: ConnectionId
  readonly processorMethod: string
  readonly brand: string
  readonly last4: string
  readonly expMonth: number
  readonly expYear: number
  readonly isDefault: boolean
  readonly savedAt: Temporal.Instant
}

const columns = sql`id, connection_id as connection, processor_method as "processorMethod", brand, last4, exp_month as "expMonth", exp_year as "expYear",
  is_default as "isDefault", saved_at as "savedAt"`

const detaching = sql`id, processor_method as "processorMethod",
  (select processor_account from payments.connection c where c.practice_id = method.practice_id and c.id = method.connection_id) as at`

/** A household's saved methods, the default first; the query for batches. */
export function selectMethods(practice: PracticeId, account: AccountId) {
  return sql<Method>`select ${columns} from payments.method where practice_id = ${practice} and account_id = ${account} and removed_at is null
    order by is_default desc, saved_at desc, id`
}

export async function listMethods(tx: Tx, practice: PracticeId, account: AccountId): Promise<Method[]> {
  return rows(tx, selectMethods(practice, account))
}

/** A household's saved method that is not removed; undefined when unknown, removed or another's. */
export async function findMethod(
  tx: Tx,
  practice: PracticeId,
  id: MethodId,
): Promise<(Method & { account: AccountId }) | undefined> {
  return maybe(
    tx,
    sql<
      Method & { account: AccountId }
    >`select ${columns}, account_id as account from payments.method where practice_id = ${practice} and id = ${id} and removed_at is null`,
  )
}

/** What is true of a household's method that its page may just have changed; removed a moment ago is by the database's clock. */
export type KnownMethod = Pick<Method, 'id' | 'brand' | 'last4' | 'isDefault'> & { kept: boolean; justRemoved: boolean }

export function selectKnownMethod(practice: PracticeId, id: MethodId) {
  return sql<KnownMethod>`select id, brand, last4, is_default as "isDefault", removed_at is null as kept,
    coalesce(removed_at > now() - interval '10 minutes', false) as "justRemoved"
    from payments.method where practice_id = ${practice} and id = ${id}`
}

/** How many methods a household has removed. */
export async function countRemoved(tx: Tx, practice: PracticeId, account: AccountId): Promise<bigint> {
  const { removed } = await one(
    tx,
    sql<{
      removed: bigint
    }>`select count(*) as removed from payments.method where practice_id = ${practice} and account_id = ${account} and removed_at is not null`,
  )
  return removed
}

/** Whether a card's last month is over on a day. */
export function hasExpired(method: Pick<Method, 'expMonth' | 'expYear'>, today: Temporal.PlainDate): boolean {
  return method.expYear < today.year || (method.expYear === today.year && method.expMonth < today.month)
}

/** Whether a card's last month is this one or the next. */
export function expiresSoon(method: Pick<Method, 'expMonth' | 'expYear'>, today: Temporal.PlainDate): boolean {
  const months = (method.expYear - today.year) * 12 + method.expMonth - today.month
  return months >= 0 && months <= 1
}

/**
 * Keeps a card once; the first card of a household, and one asked for as default, becomes the default when it is kept, not when
 * what kept it is heard of again. The caller holds the household's lock.
 */
export async function recordMethod(
  tx: Tx,
  practice: PracticeId,
  {
    account,
    connection,
    card,
    asDefault,
  }: { account: AccountId; connection: ConnectionId; card: Card; asDefault: boolean },
): Promise<{ id: MethodId; made: boolean }> {
  const id = newId('mth')
  const kept = await one(
    tx,
    sql<{
      id: MethodId
    }>`insert into payments.method (practice_id, id, account_id, connection_id, processor_method, brand, last4, exp_month, exp_year)
      values (${practice}, ${id}, ${account}, ${connection}, ${card.method}, ${card.brand}, ${card.last4}, ${card.expMonth}, ${card.expYear})
      on conflict (practice_id, connection_id, processor_method) do update set brand = excluded.brand
      returning id`,
  )
  if (kept.id !== id) return { id: kept.id, made: false }
  const hasDefault = await maybe(
    tx,
    sql`select id from payments.method where practice_id = ${practice} and account_id = ${account} and is_default`,
  )
  if (asDefault || !hasDefault) await makeDefault(tx, practice, account, id)
  return { id, made: true }
}

/** Makes one method the default; the caller holds the household's lock. */
export async function makeDefault(tx: Tx, practice: PracticeId, account: AccountId, method: MethodId): Promise<void> {
  await sql`update payments.method set is_default = false where practice_id = ${practice} and account_id = ${account} and is_default and id <> ${method}`.execute(
    tx,
  )
  await sql`update payments.method set is_default = true where practice_id = ${practice} and account_id = ${account} and id = ${method} and removed_at is null`.execute(
    tx,
  )
}

/** A removed card that the processor may still have. */
export type Detaching = { readonly id: MethodId; readonly processorMethod: string; readonly at: ProcessorAccount }

/**
 * Marks a method removed, and due to be detached at the processor once whoever removes it has had time to ask; another one becomes the
 * default where it was. The caller holds the household's lock.
 */
export async function markRemoved(
  tx: Tx,
  practice: PracticeId,
  account: AccountId,
  method: MethodId,
): Promise<Detaching> {
  const { wasDefault, ...removed } = await one(
    tx,
    sql<
      Detaching & { wasDefault: boolean }
    >`with before as (select is_default from payments.method where practice_id = ${practice} and id = ${method})
      update payments.method set removed_at = now(), is_default = false, detach_at = clock_timestamp() + interval '30 seconds'
      where practice_id = ${practice} and account_id = ${account} and id = ${method}
      returning ${detaching}, (select is_default from before) as "wasDefault"`,
  )
  if (!wasDefault) return removed
  await sql`update payments.method set is_default = true where practice_id = ${practice} and id = (select id from payments.method
    where practice_id = ${practice} and account_id = ${account} and removed_at is null order by saved_at desc limit 1)`.execute(
    tx,
  )
  return removed
}

/** Takes the removed card that is due the longest; where it is not answered it is due again, each time later, up to a day. */
export async function leaseDetaching(tx: Tx, practice: PracticeId): Promise<Detaching | undefined> {
  return maybe(
    tx,
    sql<Detaching>`update payments.method set detach_checks = detach_checks + 1,
      detach_at = clock_timestamp() + make_interval(secs => least(86400, 60 * power(2, least(detach_checks, 11))) * (0.75 + random() / 2))
      where practice_id = ${practice} and id = (select id from payments.method where practice_id = ${practice} and detach_at <= clock_timestamp()
        order by detach_at limit 1 for update skip locked) returning ${detaching}`,
  )
}

/** Notes that the processor has a removed card no more. */
export async function markDetached(tx: Tx, practice: PracticeId, id: MethodId): Promise<void> {
  await sql`update payments.method set detach_at = null where practice_id = ${practice} and id = ${id}`.execute(tx)
}

/** Whether a payment under way uses this method. */
export async function isInUse(tx: Tx, practice: PracticeId, method: MethodId): Promise<boolean> {
  const found = await rows(
    tx,
    sql`select id from payments.payment where practice_id = ${practice} and method_id = ${method} and status in ${UNDER_WAY} limit 1`,
  )
  return found.length > 0
}
