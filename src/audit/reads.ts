import { type RawBuilder, sql } from 'kysely'
import type { Actor } from '../kernel/actor.ts'
import { type AccountId, newId, type PatientId } from '../kernel/ids.ts'
import { actorName } from './events.ts'

export type ReadFacts = {
  readonly what: string
  readonly subject?: string
  readonly account?: AccountId | undefined
  /** Whom it was about, where it was about somebody: a row for each. */
  readonly patients?: readonly PatientId[]
  readonly request?: string
}

/**
 * The row that says who looked at what and at whom, to be sent with the page's own reads in one batch and one transaction:
 * a read whose audit row fails is refused with it (reliability 19).
 */
export function readRow(actor: Actor, facts: ReadFacts): RawBuilder<never> {
  const patients = facts.patients?.length ? facts.patients : [null]
  return sql<never>`insert into audit.read (practice_id, id, what, subject, account_id, patient_id, actor, session, request)
    select ${actor.practice}, row.id, ${facts.what}, ${facts.subject ?? null}, ${facts.account ?? null}, row.patient,
      ${actorName(actor)}, ${actor.kind === 'system' ? null : actor.session}, ${facts.request ?? null}
    from unnest(${patients.map(() => newId('aud'))}::text[], ${patients}::text[]) as row(id, patient)`
}
