import { type RawBuilder, sql } from 'kysely'
import type { PracticeId } from '../../kernel/ids.ts'
import type { Tx } from '../../platform/database.ts'

/** One promise of the books: its query answers what breaks it, as `ref`, what is kept (`ours`) and what follows from the rest (`theirs`). */
export type Check = { readonly kind: string; readonly broken: RawBuilder<unknown> }

/** What each kind of entry may hold: its ledger accounts on the debit (+) and on the credit (-) side. */
const SIDES = {
  issue: '+receivable +insurance +adjustments -revenue -membership-unearned',
  'settled-history': '+opening-balances -receivable',
  'paid-at-visit': '+opening-balances -receivable',
  // What a withdrawn bill's people paid becomes credit, and what was settled elsewhere is open again, before the bill is gone.
  'credit-note':
    '+revenue +membership-unearned +receivable -receivable -insurance +adjustments -adjustments -unapplied-credit -opening-balances',
  // A cent may move between payment and discount when both round again.
  'next-answer': '+insurance +adjustments -adjustments +receivable -receivable -unapplied-credit',
  success: '+processor-clearing +cash-and-cheque +unapplied-credit -unposted-payments',
  posting: '+unposted-payments -receivable -unapplied-credit',
  'refund-asked': '+unposted-payments +unapplied-credit +receivable +adjustments -receivable -refunds-payable',
  'refund-done': '+refunds-payable -processor-clearing -cash-and-cheque',
  'refund-failed':
    '+refunds-payable +processor-clearing +cash-and-cheque +receivable -unposted-payments -unapplied-credit -receivable -adjustments -disputed',
  'refund-outside': '+disputed -processor-clearing',
  'refund-outside-booked': '+unposted-payments +unapplied-credit +receivable +adjustments -receivable -disputed',
  'dispute-opened': '+disputed -processor-clearing',
  'dispute-won': '+processor-clearing -disputed',
  'dispute-lost': '+unposted-payments +unapplied-credit +receivable +adjustments -receivable -disputed',
}

/**
 * Prepares a transaction to read all of a practice: however long it takes, and by hash joins, because the planner cannot
 * know how many rows the walls let through and would join whole tables row by row.
 */
export async function readWidely(tx: Tx): Promise<void> {
  await sql`set local statement_timeout = 0`.execute(tx)
  await sql`set local enable_nestloop = off`.execute(tx)
  await sql`set local jit = off`.execute(tx)
  await sql`set local work_mem = '64MB'`.execute(tx)
}

/** The ledger against itself: entries, their lines, and the balances kept of patients' receivables. */
export function ledgerChecks(practice: PracticeId): Check[] {
  const sides = Object.entries(SIDES).flatMap(([kind, text]) => text.split(' ').map(side => `${kind} ${side}`))
  return [
    {
      kind: 'entry.balance',
      broken: sql`select entry_id as ref, sum(cents) as ours, 0 as theirs from ledger.line
        where practice_id = ${practice} group by entry_id, currency having sum(cents) <> 0`,
    },
    {
      kind: 'entry.lines',
      broken: sql`select coalesce(e.id, l.entry_id) as ref, l.ledger_account || ' ' || l.cents as ours, coalesce(e.kind, 'no entry') as theirs
        from (select * from ledger.line where practice_id = ${practice}) l
        full join (select id, kind from ledger.entry where practice_id = ${practice}) e on e.id = l.entry_id
        where e.id is null or l.entry_id is null
          or (e.kind <> 'correction' and e.kind || case when l.cents > 0 then ' +' else ' -' end || l.ledger_account <> all (${sides}::text[]))`,
    },
    {
      kind: 'receivable.balance',
      broken: sql`select coalesce(r.patient_id, l.patient_id) as ref, coalesce(r.balance_cents, 0) as ours, coalesce(l.cents, 0) as theirs
        from (select account_id, patient_id, balance_cents from ledger.receivable where practice_id = ${practice}) r
        full join (select account_id, patient_id, sum(cents) as cents from ledger.line where practice_id = ${practice} and ledger_account = 'receivable'
          group by account_id, patient_id) l on l.account_id = r.account_id and l.patient_id = r.patient_id
        where coalesce(r.balance_cents, 0) <> coalesce(l.cents, 0)`,
    },
    {
      kind: 'receivable.chain',
      broken: sql`select entry_id as ref, version || ': ' || balance_after_cents as ours, place || ': ' || running as theirs
        from (select entry_id, version, balance_after_cents, row_number() over chain as place, sum(cents) over chain as running
          from ledger.line where practice_id = ${practice} and ledger_account = 'receivable'
          window chain as (partition by account_id, patient_id order by version)) l
        where version <> place or balance_after_cents <> running`,
    },
    {
      kind: 'receivable.version',
      broken: sql`select r.patient_id as ref, r.version as ours, coalesce(l.version, 0) as theirs from ledger.receivable r
        left join (select account_id, patient_id, max(version) as version from ledger.line where practice_id = ${practice} and ledger_account = 'receivable'
          group by account_id, patient_id) l on l.account_id = r.account_id and l.patient_id = r.patient_id
        where r.practice_id = ${practice} and r.version <> coalesce(l.version, 0)`,
    },
  ]
}
