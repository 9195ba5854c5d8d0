import { recordEvent } from '../audit/events.ts'
import type { Actor } from '../kernel/actor.ts'
import type { AccountId, ClinicianId, InvoiceId, LocationId, PatientId } from '../kernel/ids.ts'
import { type Cents, leastCents, sumCents } from '../kernel/money.ts'
import { credit, debit, type Entry, recordEntry } from '../ledger/entries.ts'
import type { App } from '../platform/app.ts'
import { rows, type Tx } from '../platform/database.ts'
import { getAbout } from '../practice/about.ts'
import type { Practice } from '../practice/practices.ts'
import { givenBy, recordAllocations, sumPaidAtVisit } from './allocations.ts'
import { answerCharge, type ChargeFacts, insertCharges, listClaimCharges, type RecordedCharge } from './charges.ts'
import { insertInvoice, selectInvoiceLines } from './invoices.ts'

export type ClaimLine = Pick<
  ChargeFacts,
  | 'sequence'
  | 'code'
  | 'codeSystem'
  | 'description'
  | 'items'
  | 'units'
  | 'servicedOn'
  | 'diagnoses'
  | 'charged'
  | 'insurancePaid'
  | 'discount'
  | 'patientShare'
  | 'waiting'
>

export type ClaimToBill = {
  readonly account: AccountId
  readonly patient: PatientId
  /** The claim's own id: it is billed once, however often it comes. */
  readonly source: string
  readonly title: string
  readonly clinician: ClinicianId | null
  readonly location: LocationId | null
  readonly payer: string | null
  readonly servicedOn: Temporal.PlainDate
  readonly issuedOn: Temporal.PlainDate
  /** False for history that was settled elsewhere: it comes in with a named opening entry that closes it. */
  readonly open: boolean
  /** What the insurer says that the patient paid before: it closes so much of the share. */
  readonly paidBefore?: Cents
  /** What was settled elsewhere of a bill whose place this one takes: so much of the share stays settled. */
  readonly settledBefore?: Cents
  /** What the insurer sent the patient itself. */
  readonly paidToPatient?: Cents
  readonly lines: readonly ClaimLine[]
}

/**
 * Makes charges of a claim's lines and an issued invoice of the patient's share of what is answered (domain.md, "Insurance
 * claims become bills"); what waits for insurance becomes a charge without a bill and is billed when the answer comes.
 * A share of 0 makes no invoice. Safe to repeat: `made` says whether anything was new. Records invoice.issued.
 */
export async function billClaim(
  app: Pick<App, 'queue'>,
  tx: Tx,
  actor: Actor,
  claim: ClaimToBill,
): Promise<{ charges: number; invoice: InvoiceId | null; made: boolean }> {
  const known = new Map(
    (await listClaimCharges(tx, actor.practice, claim.source)).map(charge => [charge.sequence, charge]),
  )
  const fresh = claim.lines.filter(line => !known.has(line.sequence))
  const answers = claim.lines.flatMap(line => {
    const charge = known.get(line.sequence)
    return charge?.waiting && !line.waiting ? [{ ...facts(claim, line), id: charge.id }] : []
  })
  if (fresh.length + answers.length === 0) return { charges: 0, invoice: null, made: false }
  for (const answer of answers) await answerCharge(tx, actor.practice, answer.id, answer)
  const inserted = await insertCharges(
    tx,
    actor.practice,
    fresh.map(line => facts(claim, line)),
  )
  const answered = [...inserted, ...answers].filter(charge => !charge.waiting && charge.charged > 0n)
  const invoice = answered.length > 0 ? await bill(app, tx, actor, claim, answered) : null
  return { charges: inserted.length, invoice, made: true }
}

function facts(claim: ClaimToBill, line: ClaimLine): ChargeFacts {
  const { account, patient, source, title, clinician, location, payer } = claim
  return { account, patient, source, title, clinician, location, payer, ...line }
}

async function bill(
  app: Pick<App, 'queue'>,
  tx: Tx,
  actor: Actor,
  claim: ClaimToBill,
  answered: readonly RecordedCharge[],
): Promise<InvoiceId | null> {
  const { practice, settings } = await getAbout(tx, actor.practice)
  await recordEntry(tx, actor, issueOf(claim, practice, answered))
  if (sumCents(answered.map(charge => charge.patientShare)) === 0n) return null
  const invoice = await insertInvoice(tx, actor.practice, {
    ...claim,
    dueOn: claim.issuedOn.add({ days: settings.dueDays }),
    currency: practice.currency,
    lines: answered.map(charge => ({ ...charge, charge: charge.id, share: charge.patientShare })),
  })
  await recordEvent(app, tx, actor, {
    type: 'invoice.issued',
    subject: invoice,
    account: claim.account,
    patient: claim.patient,
  })
  const before = (claim.paidBefore ?? 0n) > 0n ? await stillPaidBefore(tx, actor, claim) : 0n
  await closeBy('paid-at-visit', tx, actor, claim, practice, { invoice, cents: before })
  const { settledBefore = 0n } = claim
  if (settledBefore > 0n)
    await closeBy('settled-history', tx, actor, claim, practice, { invoice, cents: settledBefore })
  if (!claim.open) await closeBy('settled-history', tx, actor, claim, practice, { invoice })
  return invoice
}

/** The charges of a claim's lines. */
export function chargesOf(claim: ClaimToBill): ChargeFacts[] {
  return claim.lines.map(line => facts(claim, line))
}

/** Receivable, insurance, adjustments / revenue: also where insurance bore it all and no invoice is made. */
export function issueOf(claim: ClaimToBill, { currency }: Practice, answered: readonly RecordedCharge[]): Entry {
  const { account, patient } = claim
  const sum = (read: (charge: RecordedCharge) => bigint) => sumCents(answered.map(read))
  return {
    kind: 'issue',
    // Each charge is answered once, so the first one names this answer.
    source: answered[0]?.id ?? claim.source,
    currency,
    occurredOn: claim.issuedOn,
    lines: [
      debit(
        'receivable',
        sum(charge => charge.patientShare),
        { account, patient },
      ),
      debit(
        'insurance',
        sum(charge => charge.insurancePaid),
        { account, patient },
      ),
      debit(
        'adjustments',
        sum(charge => charge.discount),
        { account, patient },
      ),
      credit(
        'revenue',
        sum(charge => charge.charged),
        { account, patient },
      ),
    ],
  }
}

/** What the patient paid before of a claim that no earlier bill of it has told yet. */
async function stillPaidBefore(tx: Tx, actor: Actor, { source, paidBefore = 0n }: ClaimToBill): Promise<Cents> {
  return paidBefore - (await sumPaidAtVisit(tx, actor.practice, source))
}

/**
 * Opening balances / receivable: what was paid before this practice used Portico, or at the visit and past it; line by line,
 * all that is open unless it is less.
 */
async function closeBy(
  kind: 'settled-history' | 'paid-at-visit',
  tx: Tx,
  actor: Actor,
  claim: ClaimToBill,
  practice: Practice,
  { invoice, cents }: { invoice: InvoiceId; cents?: Cents },
): Promise<void> {
  const { account, patient } = claim
  const lines = await rows(tx, selectInvoiceLines(actor.practice, invoice))
  let left = cents ?? sumCents(lines.map(line => line.open))
  const shares = lines.flatMap(line => {
    const part = leastCents(left, line.open)
    left -= part
    return part > 0n ? [{ line: line.id, invoice, patient, cents: part }] : []
  })
  const total = sumCents(shares.map(share => share.cents))
  if (total === 0n) return
  const entry = await recordEntry(tx, actor, {
    kind,
    source: invoice,
    currency: practice.currency,
    occurredOn: claim.issuedOn,
    lines: [debit('opening-balances', total, { account, patient }), credit('receivable', total, { account, patient })],
  })
  await recordAllocations(tx, actor.practice, { account, entry, given: givenBy(null, shares) })
}
