import { sql } from 'kysely'
import { type OpenLine, selectOpenLines } from '../billing/invoices.ts'
import type { PatientActor } from '../kernel/actor.ts'
import type { AccountId, InvoiceId, LoginId, PatientId, PracticeId } from '../kernel/ids.ts'
import { type Cents, LEAST_CARD_CENTS, leastCents, sumCents } from '../kernel/money.ts'
import { type CreditOf, selectCredit } from '../ledger/balances.ts'
import { batch, list, type Tx } from '../platform/database.ts'
import type { Settings } from '../practice/settings.ts'
import { selectReserved, selectReservedCredit } from './reservations.ts'

/** What a household owes now: what is open minus what is being paid; and the credit it may use. */
export type Owed = {
  /** Open lines with what payments under way will not cover, oldest due first. */
  readonly lines: readonly OpenLine[]
  readonly total: Cents
  readonly credit: readonly CreditOf[]
  readonly creditTotal: Cents
}

/** Whose eyes owe: of which patients' bills, and whose own attempt that still waits for them lowers nothing (domain.md, *Money*). */
export type Viewer = { readonly patients?: readonly PatientId[]; readonly waitsFor?: LoginId }

/** What a person's pages show as owed. */
export function viewer({ patients, login }: Pick<PatientActor, 'patients' | 'login'>): Viewer {
  return { patients, waitsFor: login }
}

/** Reads what is owed; inside the transaction that starts a payment it is read again under the household's lock (reliability 4). */
export async function getOwed(tx: Tx, practice: PracticeId, account: AccountId, by: Viewer = {}): Promise<Owed> {
  return owedFrom(await batch(tx, selectOwed(practice, account, by)))
}

/** The four queries behind getOwed, for a page's batch; give their rows to owedFrom. */
export function selectOwed(practice: PracticeId, account: AccountId, { patients, waitsFor }: Viewer = {}) {
  return [
    selectOpenLines(practice, account, patients),
    selectReserved(practice, account, waitsFor),
    selectCredit(practice, account),
    selectReservedCredit(practice, account, waitsFor),
  ] as const
}

export function owedFrom(
  found: readonly [
    readonly OpenLine[],
    readonly { line: OpenLine['line']; cents: Cents }[],
    readonly CreditOf[],
    readonly CreditOf[],
  ],
): Owed {
  const [open, reserved, credit, reservedCredit] = found
  const taken = new Map<string, Cents>(reserved.map(row => [row.line, row.cents]))
  const used = new Map<string, Cents>(reservedCredit.map(row => [row.payment, row.cents]))
  const lines = open
    .map(line => ({ ...line, open: line.open - (taken.get(line.line) ?? 0n) }))
    .filter(line => line.open > 0n)
  const free = credit
    .map(row => ({ ...row, cents: row.cents - (used.get(row.payment) ?? 0n) }))
    .filter(row => row.cents > 0n)
  return {
    lines,
    total: sumCents(lines.map(line => line.open)),
    credit: free,
    creditTotal: sumCents(free.map(row => row.cents)),
  }
}

/** What is owed of some bills alone. */
export function owedOf(owed: Owed, bills: readonly InvoiceId[]): Cents {
  return sumCents(owed.lines.filter(line => bills.includes(line.invoice)).map(line => line.open))
}

/** What is owed of each bill that is owed at all. */
export function owedByBill(owed: Owed): Map<InvoiceId, Cents> {
  return owedBy(owed, line => line.invoice)
}

/** What is owed for each person on the account. */
export function owedByPatient(owed: Owed): Map<PatientId, Cents> {
  return owedBy(owed, line => line.patient)
}

function owedBy<Id>(owed: Owed, idOf: (line: OpenLine) => Id): Map<Id, Cents> {
  const by = new Map<Id, Cents>()
  for (const line of owed.lines) by.set(idOf(line), (by.get(idOf(line)) ?? 0n) + line.open)
  return by
}

/** What each patient of these households owes, what payments under way will cover taken off; one set for a page of a list. */
export function selectOwedByPatient(practice: PracticeId, accounts: readonly AccountId[]) {
  return sql<{ patient: PatientId; cents: Cents }>`select patient_id as patient, sum(cents)::bigint as cents from (
      select patient_id, open_cents as cents from billing.invoice where practice_id = ${practice} and account_id = any (${list(accounts)}) and open_cents > 0
      union all
      select patient_id, -cents from payments.reservation where practice_id = ${practice} and account_id = any (${list(accounts)})
    ) owed group by patient_id having sum(cents) > 0`
}

/** Whether an amount can be paid here at all: with credit alone, or because it is enough for a card. */
export function canBePaid(amount: Cents, credit: Cents): boolean {
  return amount >= LEAST_CARD_CENTS || credit >= amount
}

/** How something owed is paid here: by itself, only together with all that is owed, or not at all, because no card takes so little. */
export type PayWay = 'alone' | 'together' | 'none'

export function payWay(
  owed: Pick<Owed, 'total' | 'creditTotal'>,
  amount: Cents,
  { overpaying }: Pick<Settings, 'overpaying'>,
): PayWay {
  if (canBePaid(amount, owed.creditTotal)) return 'alone'
  if (canBePaid(owed.total, owed.creditTotal)) return 'together'
  // More than is owed may be paid where the practice keeps it as credit.
  return overpaying ? 'alone' : 'none'
}

/** Takes credit for an amount, oldest first. */
export function takeCredit(credit: readonly CreditOf[], cents: Cents): CreditOf[] {
  const taken: CreditOf[] = []
  let left = cents
  for (const part of credit) {
    const use = leastCents(part.cents, left)
    if (use > 0n) taken.push({ payment: part.payment, cents: use })
    left -= use
  }
  return taken
}
