import { sql } from 'kysely'
import type { Actor } from '../kernel/actor.ts'
import { type AccountId, type EventId, newId, type PatientId, type PracticeId } from '../kernel/ids.ts'
import type { App } from '../platform/app.ts'
import { list, maybe, type Tx, unnested, write } from '../platform/database.ts'

/** Past-tense names of what can happen; `{room}.{past tense}`. */
export type EventType =
  | 'demo.made'
  | 'link.made'
  | 'practice.created'
  | 'practice.set'
  | 'link.asked'
  | 'link.spent'
  | 'code.asked'
  | 'session.stepped-up'
  | 'session.ended'
  | 'staff.invited'
  | 'staff.joined'
  | 'staff.signed-in'
  | 'staff.locked'
  | 'file.imported'
  | 'claim.answered'
  | 'invoice.issued'
  | 'patient.updated'
  | 'patient.died'
  | 'invoice.mailed'
  | 'invoice.withdrawn'
  | 'invoice.lowered'
  | 'payment.started'
  | 'payment.succeeded'
  | 'payment.failed'
  | 'payment.canceled'
  | 'payment.posted'
  | 'method.saved'
  | 'method.made-default'
  | 'method.removed'
  | 'refund.asked'
  | 'refund.succeeded'
  | 'refund.failed'
  | 'refund.found'
  | 'refund.booked'
  | 'dispute.opened'
  | 'dispute.closed'
  | 'letter.seen'

export type EventFacts = {
  readonly type: EventType
  /** The id of what it happened to. */
  readonly subject: string
  readonly account?: AccountId
  readonly patient?: PatientId
  /** Ids and codes alone: never names, amounts of care, texts. */
  readonly data?: Readonly<Record<string, string | number | boolean>>
  /** False where nobody is told, though somebody listens. */
  readonly announce?: boolean
  readonly request?: string
}

export type RecordedEvent = {
  readonly id: EventId
  readonly type: EventType
  readonly subject: string
  readonly account: AccountId | null
  readonly data: Record<string, unknown>
}

/** Appends what happened to the audit in this transaction, and announces it to whoever listens. */
export async function recordEvent(app: Pick<App, 'queue'>, tx: Tx, actor: Actor, facts: EventFacts): Promise<EventId> {
  const id = newId('evt')
  await write(
    tx,
    sql`insert into audit.event (practice_id, id, type, subject, account_id, patient_id, actor, session, request, data)
    values (${actor.practice}, ${id}, ${facts.type}, ${facts.subject}, ${facts.account ?? null}, ${facts.patient ?? null},
      ${actorName(actor)}, ${actor.kind === 'system' ? null : actor.session}, ${facts.request ?? null}, ${JSON.stringify(facts.data ?? {})})`,
  )
  if (facts.announce ?? true) await app.queue.announce(tx, facts.type, { practice: actor.practice, event: id })
  return id
}

/** The same for many of them, in one statement. */
export async function recordEvents(
  app: Pick<App, 'queue'>,
  tx: Tx,
  actor: Actor,
  facts: readonly EventFacts[],
): Promise<void> {
  if (facts.length === 0) return
  const each = facts.map(one => ({ ...one, id: newId('evt') }))
  const given = unnested('given', each, {
    id: ['text', one => one.id],
    type: ['text', one => one.type],
    subject: ['text', one => one.subject],
    account: ['text', one => one.account ?? null],
    patient: ['text', one => one.patient ?? null],
    request: ['text', one => one.request ?? null],
    data: ['jsonb', one => JSON.stringify(one.data ?? {})],
  })
  await write(
    tx,
    sql`insert into audit.event (practice_id, id, type, subject, account_id, patient_id, actor, session, request, data)
      select ${actor.practice}, id, type, subject, account, patient, ${actorName(actor)}, ${actor.kind === 'system' ? null : actor.session},
        request, data from ${given} order by n`,
  )
  for (const { type, id, announce = true } of each)
    if (announce) await app.queue.announce(tx, type, { practice: actor.practice, event: id })
}

/** The event that a job was queued for, a kept or a passing one. */
export async function findEvent(tx: Tx, practice: PracticeId, id: EventId): Promise<RecordedEvent | undefined> {
  return maybe(
    tx,
    sql<RecordedEvent>`select id, type, subject, account_id as account, data from audit.event where practice_id = ${practice} and id = ${id}
      union all select id, type, subject, null, data from audit.passing where practice_id = ${practice} and id = ${id}`,
  )
}

/** Whether the same has happened to the same again since. The practice's own scope alone reads it. */
export async function hasHappenedSince(
  tx: Tx,
  practice: PracticeId,
  { id, type, subject }: Pick<RecordedEvent, 'id' | 'type' | 'subject'>,
): Promise<boolean> {
  const later = await maybe(
    tx,
    sql`select later.id from audit.event this join audit.event later on later.practice_id = this.practice_id
      and later.subject = this.subject and later.type = this.type and (later.at, later.id) > (this.at, this.id)
      where this.practice_id = ${practice} and this.id = ${id} and this.subject = ${subject} and this.type = ${type} limit 1`,
  )
  return later !== undefined
}

export type PastEvent = {
  readonly id: EventId
  readonly type: EventType
  readonly subject: string
  readonly actor: string
  readonly data: Record<string, unknown>
  readonly at: Temporal.Instant
}

/** What happened to these, in order; the query for batches. The practice's own scope alone reads it. */
export function selectEventsOf(practice: PracticeId, subjects: readonly string[]) {
  return sql<PastEvent>`select id, type, subject, actor, data, at from audit.event
    where practice_id = ${practice} and subject = any (${list(subjects)}) order by at, id`
}

/** How long a page says what its reader has just done. */
const SAID_MINUTES = 10

/** Whether somebody did this to one of these a moment ago, by the database's clock. The practice's own scope alone reads it. */
export async function didJustNow(
  tx: Tx,
  actor: Actor,
  { type, subjects }: { type: EventType; subjects: readonly string[] },
): Promise<boolean> {
  const found = await maybe(
    tx,
    sql`select id from audit.event where practice_id = ${actor.practice} and subject = any (${list(subjects)}) and type = ${type}
      and actor = ${actorName(actor)} and at > now() - make_interval(mins => ${SAID_MINUTES}) limit 1`,
  )
  return found !== undefined
}

/** Who acted, as ids and names of parts of Portico: `patient usr_…`, `staff stf_…`, `system reconcile`. */
export function actorName(actor: Actor): string {
  if (actor.kind === 'patient') return `patient ${actor.login}`
  return actor.kind === 'staff' ? `staff ${actor.staff}` : `system ${actor.name}`
}

/** Whether the demo made this practice; with a type, whether it has come to that act. */
export async function isOfDemo(tx: Tx, practice: PracticeId, type?: EventType): Promise<boolean> {
  const found = await maybe(
    tx,
    sql`select id from audit.event where practice_id = ${practice} and actor = 'system demo' and (${type ?? null}::text is null or type = ${type ?? null}) limit 1`,
  )
  return found !== undefined
}
