import { type RawBuilder, sql } from 'kysely'
import type { Actor } from '../kernel/actor.ts'
import { type AccountId, newId } from '../kernel/ids.ts'
import { actorName } from './events.ts'

export type ReadFacts = {
  readonly what: string
  readonly subject?: string
  readonly account?: AccountId
  readonly request?: string
}

/**
 * The row that says who looked at what, to be sent with the page's own reads in one batch and one transaction:
 * a read whose audit row fails is refused with it (reliability 19).
 */
export function readRow(actor: Actor, facts: ReadFacts): RawBuilder<never> {
  return sql<never>`insert into audit.read (practice_id, id, what, subject, account_id, actor, session, request)
    values (${actor.practice}, ${newId('aud')}, ${facts.what}, ${facts.subject ?? null}, ${facts.account ?? null},
      ${actorName(actor)}, ${actor.kind === 'system' ? null : actor.session}, ${facts.request ?? null})`
}
