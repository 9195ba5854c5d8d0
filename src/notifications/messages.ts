import { sql } from 'kysely'
import { type AccountId, type EventId, type MessageId, newId, type PracticeId, type StaffId } from '../kernel/ids.ts'
import type { App } from '../platform/app.ts'
import { changed, maybe, type Tx, unnested, write } from '../platform/database.ts'
import type { MailTrouble } from '../platform/mail.ts'

export type MessageKind = 'link' | 'bill' | 'receipt' | 'declined' | 'refund' | 'code' | 'invitation' | 'unlock'
/** Why a letter was not sent. `died`: whoever was sending it never came back. */
export type Reason = MailTrouble | 'died'

/** Somebody to be told of something. */
export type Addressed = { readonly about: string; readonly recipient: string; readonly account: AccountId | null }
/** A try of a letter, held by who sends it now. */
export type Due = {
  readonly id: MessageId
  readonly kind: MessageKind
  readonly event: EventId
  readonly recipient: string
  readonly tries: number
}

/** How often a letter is tried: for more than a day, because mail servers are away for hours. */
export const TRIES = 40
/** For how long a try is its sender's: longer than a mail server is given to take it. */
const LEASE_MINUTES = 5

/** Notes whom an event is to be told to: once for each thing told, kind and recipient. */
export async function recordMessages(
  tx: Tx,
  practice: PracticeId,
  { kind, event, to }: { kind: MessageKind; event: EventId; to: readonly Addressed[] },
): Promise<void> {
  if (to.length === 0) return
  const given = unnested('given', to, {
    id: ['text', () => newId('msg')],
    about: ['text', each => each.about],
    recipient: ['text', each => each.recipient],
    account: ['text', each => each.account],
  })
  await write(
    tx,
    sql`insert into notifications.message (practice_id, id, about, account_id, recipient, kind, event_id, next_at)
      select ${practice}, id, about, account, recipient, ${kind}, ${event}, clock_timestamp() from ${given}
      on conflict (practice_id, about, kind, recipient) do nothing`,
  )
}

/** Practices with letters to send; the sweep then works inside one practice a transaction. */
export async function listPracticesWithLetters(app: App): Promise<PracticeId[]> {
  const { rows } = await sql<{ practice: PracticeId }>`select notifications.practices_due() as practice`.execute(
    app.db.kysely,
  )
  return rows.map(row => row.practice)
}

/** Takes a try of the letter that has waited longest, for a while; nobody else sends it meanwhile. */
export async function leaseMessage(tx: Tx, practice: PracticeId): Promise<Due | undefined> {
  return maybe(
    tx,
    sql<Due>`update notifications.message set tries = tries + 1, next_at = clock_timestamp() + make_interval(mins => ${LEASE_MINUTES})
      where practice_id = ${practice} and id = (select id from notifications.message where practice_id = ${practice}
        and state = 'waiting' and next_at <= clock_timestamp() order by next_at limit 1 for update skip locked)
      returning id, kind, event_id as event, recipient, tries`,
  )
}

/** A letter that was sent, or that nobody needs any more. */
export async function endMessage(
  tx: Tx,
  practice: PracticeId,
  { id }: Pick<Due, 'id'>,
  state: 'sent' | 'dropped',
): Promise<void> {
  const sentAt = state === 'sent' ? sql`clock_timestamp()` : sql`null`
  await sql`update notifications.message set state = ${state}, sent_at = ${sentAt}, next_at = null
    where practice_id = ${practice} and id = ${id} and state = 'waiting'`.execute(tx)
}

/** Puts a letter that could not be sent off, ever longer, up to an hour. */
export async function putOffMessage(
  tx: Tx,
  practice: PracticeId,
  { id, tries }: Pick<Due, 'id' | 'tries'>,
  reason: Reason,
): Promise<void> {
  await sql`update notifications.message set reason = ${reason},
      next_at = clock_timestamp() + make_interval(secs => least(3600, 2 * power(2, least(${tries}::integer, 12))) * (0.75 + random() / 2))
    where practice_id = ${practice} and id = ${id} and state = 'waiting' and tries = ${tries}`.execute(tx)
}

/** Gives a letter up for its last reason; staff are shown it. */
export async function giveUpMessage(
  tx: Tx,
  practice: PracticeId,
  { id, tries }: Pick<Due, 'id' | 'tries'>,
  reason: Reason,
): Promise<void> {
  await sql`update notifications.message set state = 'given-up', reason = coalesce(${reason === 'died' ? sql`reason` : sql`null`}, ${reason}), given_up_at = clock_timestamp(), next_at = null
    where practice_id = ${practice} and id = ${id} and state = 'waiting' and tries = ${tries}`.execute(tx)
}

/** A letter that never reached anybody. */
export type Unsent = {
  readonly id: MessageId
  readonly kind: MessageKind
  readonly recipient: string
  readonly account: AccountId | null
  readonly reason: Reason
  readonly tries: number
  readonly madeAt: Temporal.Instant
  readonly givenUpAt: Temporal.Instant
  readonly seenAt: Temporal.Instant | null
  readonly seenBy: StaffId | null
}

const UNSENT = sql`id, kind, recipient, account_id as account, reason, tries, made_at as "madeAt", given_up_at as "givenUpAt",
  seen_at as "seenAt", seen_by as "seenBy" from notifications.message`

/** Letters that were given up: what nobody has seen yet first, the newest first. */
export function selectUnsent(practice: PracticeId, { limit }: { limit: number }) {
  return sql<Unsent>`select ${UNSENT} where practice_id = ${practice} and state in ('given-up', 'seen')
    order by state, given_up_at desc, id limit ${limit}`
}

/** How many of them nobody has seen. */
export function selectUnsentCount(practice: PracticeId) {
  return sql<{
    count: bigint
  }>`select count(*) as count from notifications.message where practice_id = ${practice} and state = 'given-up'`
}

/** One of them, by its id. */
export async function findUnsent(tx: Tx, practice: PracticeId, id: MessageId): Promise<Unsent | undefined> {
  return maybe(
    tx,
    sql<Unsent>`select ${UNSENT} where practice_id = ${practice} and id = ${id} and state in ('given-up', 'seen')`,
  )
}

/** Notes that a member of staff has seen it; false where somebody did before. */
export async function seeMessage(tx: Tx, practice: PracticeId, id: MessageId, by: StaffId): Promise<boolean> {
  const seen = await changed(
    tx,
    sql`update notifications.message set state = 'seen', seen_at = clock_timestamp(), seen_by = ${by}
      where practice_id = ${practice} and id = ${id} and state = 'given-up'`,
  )
  return seen > 0
}
