import { sql } from 'kysely'
import { actorName } from '../audit/events.ts'
import type { Actor } from '../kernel/actor.ts'
import { type EntryId, newId } from '../kernel/ids.ts'
import { sumCents } from '../kernel/money.ts'
import { assert } from '../kernel/refusal.ts'
import { type Tx, unnested, write } from '../platform/database.ts'
import { type Entry, type Line, merged } from './entries.ts'

type GivenLine = Line & {
  readonly entry: EntryId
  readonly at: number
  readonly currency: string
  readonly place: number
}

/**
 * Appends many entries in one statement, in their order, as `recordEntry` does one: under the locks of all their households.
 * Each line of a receivable carries the balance after it. Answers the entries' ids in the same order.
 */
export async function recordEntries(tx: Tx, actor: Actor, entries: readonly Entry[]): Promise<EntryId[]> {
  const each = entries.map(entry => ({ ...entry, id: newId('ent'), lines: merged(entry.lines) }))
  for (const { kind, lines } of each)
    assert(lines.length >= 2 && sumCents(lines.map(line => line.cents)) === 0n, `ledger entry ${kind} balances`)
  if (each.length === 0) return []
  const heads = unnested('head', each, {
    id: ['text', entry => entry.id],
    kind: ['text', entry => entry.kind],
    source: ['text', entry => entry.source],
    corrects: ['text', entry => entry.corrects ?? null],
    occurred_on: ['date', entry => entry.occurredOn],
  })
  const lines: GivenLine[] = each.flatMap(({ id, currency, lines }, at) =>
    lines.map((line, place) => ({ ...line, entry: id, at, currency, place: place + 1 })),
  )
  const given = unnested('given', lines, {
    entry_id: ['text', line => line.entry],
    at: ['integer', line => line.at],
    place: ['integer', line => line.place],
    ledger_account: ['text', line => line.ledgerAccount],
    account_id: ['text', line => line.account ?? null],
    patient_id: ['text', line => line.patient ?? null],
    payment_id: ['text', line => line.payment ?? null],
    currency: ['text', line => line.currency],
    cents: ['bigint', line => line.cents],
  })
  await write(
    tx,
    sql`
    with entry as (
      insert into ledger.entry (practice_id, id, kind, source, corrects, occurred_on, actor)
      select ${actor.practice}, id, kind, source, corrects, occurred_on, ${actorName(actor)} from ${heads} order by n
    ), given as (
      select * from ${given}
    ), moved as (
      select entry_id, account_id, patient_id, sum(cents) over so_far as so_far, count(*) over so_far as steps,
        sum(cents) over whole as total, count(*) over whole as all_steps
      from given where ledger_account = 'receivable'
      window so_far as (partition by account_id, patient_id order by at), whole as (partition by account_id, patient_id)
    ), kept as (
      insert into ledger.receivable (practice_id, account_id, patient_id, currency, balance_cents, version)
      select ${actor.practice}, account_id, patient_id, min(currency), sum(cents), count(*) from given
      where ledger_account = 'receivable' group by account_id, patient_id order by patient_id
      on conflict (practice_id, account_id, patient_id)
        do update set balance_cents = receivable.balance_cents + excluded.balance_cents, version = receivable.version + excluded.version
      returning account_id, patient_id, balance_cents, version
    )
    insert into ledger.line (practice_id, entry_id, n, ledger_account, account_id, patient_id, payment_id, currency, cents, balance_after_cents, version)
    select ${actor.practice}, given.entry_id, given.place, given.ledger_account, given.account_id, given.patient_id, given.payment_id, given.currency,
      given.cents, kept.balance_cents - moved.total + moved.so_far, kept.version - moved.all_steps + moved.steps
    from given
      left join moved on given.ledger_account = 'receivable' and moved.entry_id = given.entry_id
        and moved.account_id = given.account_id and moved.patient_id = given.patient_id
      left join kept on given.ledger_account = 'receivable' and kept.account_id = given.account_id and kept.patient_id = given.patient_id
    order by given.n`,
  )
  return each.map(entry => entry.id)
}
