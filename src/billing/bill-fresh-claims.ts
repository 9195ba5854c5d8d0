import { recordEvents } from '../audit/events.ts'
import type { Actor } from '../kernel/actor.ts'
import type { InvoiceId } from '../kernel/ids.ts'
import { sumCents } from '../kernel/money.ts'
import { credit, debit } from '../ledger/entries.ts'
import { recordEntries } from '../ledger/many-entries.ts'
import type { App } from '../platform/app.ts'
import type { Tx } from '../platform/database.ts'
import { type About, getAbout } from '../practice/about.ts'
import { recordGiven } from './allocations.ts'
import { type ClaimToBill, chargesOf, issueOf } from './bill-claim.ts'
import { insertCharges, type RecordedCharge } from './charges.ts'
import { type IssuedInvoice, insertInvoices } from './invoices.ts'

/** Whether a claim of which the books have nothing needs no look at its household beside it. */
export function isPlain({ paidBefore = 0n, settledBefore = 0n }: ClaimToBill): boolean {
  return paidBefore === 0n && settledBefore === 0n
}

/** What became of one of many claims. */
export type BilledClaim = { readonly charges: number; readonly invoice: InvoiceId | null }

type Billing = { readonly claim: ClaimToBill; readonly answered: readonly RecordedCharge[] }

/**
 * Bills claims of which the books have nothing, as `billClaim` does one, in a few statements however many they are, so that
 * households and the numbering are locked for a moment. Each claim is plain, and comes once. Records invoice.issued.
 */
export async function billFreshClaims(
  app: Pick<App, 'queue'>,
  tx: Tx,
  actor: Actor,
  claims: readonly ClaimToBill[],
): Promise<BilledClaim[]> {
  if (claims.length === 0) return []
  const about = await getAbout(tx, actor.practice)
  const charges = await insertCharges(tx, actor.practice, claims.flatMap(chargesOf))
  let from = 0
  const each = claims.map(claim => {
    const own = charges.slice(from, from + claim.lines.length)
    from += claim.lines.length
    return { claim, answered: own.filter(charge => !charge.waiting && charge.charged > 0n) }
  })
  const answered = each.filter(one => one.answered.length > 0)
  await recordEntries(
    tx,
    actor,
    answered.map(one => issueOf(one.claim, about.practice, one.answered)),
  )
  const invoices = await issueMany(app, tx, actor, about, answered)
  return each.map(one => ({ charges: one.claim.lines.length, invoice: invoices.get(one.claim)?.id ?? null }))
}

async function issueMany(
  app: Pick<App, 'queue'>,
  tx: Tx,
  actor: Actor,
  { practice, settings }: About,
  answered: readonly Billing[],
): Promise<Map<ClaimToBill, IssuedInvoice>> {
  const owing = answered.filter(one => sumCents(one.answered.map(charge => charge.patientShare)) > 0n)
  const issued = await insertInvoices(
    tx,
    actor.practice,
    owing.map(({ claim, answered }) => ({
      ...claim,
      dueOn: claim.issuedOn.add({ days: settings.dueDays }),
      currency: practice.currency,
      lines: answered.map(charge => ({ ...charge, charge: charge.id, share: charge.patientShare })),
    })),
  )
  await recordEvents(
    app,
    tx,
    actor,
    issued.map(({ id, account, patient }) => ({ type: 'invoice.issued' as const, subject: id, account, patient })),
  )
  const invoices = new Map(owing.map(({ claim }, at) => [claim, issued[at] as IssuedInvoice]))
  await settleMany(
    tx,
    actor,
    [...invoices].flatMap(([claim, invoice]) => (claim.open ? [] : [invoice])),
  )
  return invoices
}

/** Opening balances / receivable: what was settled before this practice used Portico. */
async function settleMany(tx: Tx, actor: Actor, invoices: readonly IssuedInvoice[]): Promise<void> {
  const entries = await recordEntries(
    tx,
    actor,
    invoices.map(({ id, account, patient, currency, issuedOn, lines }) => {
      const total = sumCents(lines.map(line => line.share))
      return {
        kind: 'settled-history' as const,
        source: id,
        currency,
        occurredOn: issuedOn,
        lines: [
          debit('opening-balances', total, { account, patient }),
          credit('receivable', total, { account, patient }),
        ],
      }
    }),
  )
  const given = invoices.flatMap(({ id, account, patient, lines, lineIds }, at) =>
    lines.flatMap(({ share }, n) => {
      const [entry, line] = [entries[at], lineIds[n]]
      return share > 0n && entry && line
        ? [{ account, entry, line, invoice: id, patient, cents: share, payment: null, isWrittenOff: false }]
        : []
    }),
  )
  await recordGiven(tx, actor.practice, given)
}
