import { type OpenLine, selectOpenLines } from '../billing/invoices.ts'
import type { PatientActor } from '../kernel/actor.ts'
import type { AccountId, InvoiceId, LoginId, PatientId, PracticeId } from '../kernel/ids.ts'
import { type Cents, LEAST_CARD_CENTS, leastCents, sumCents } from '../kernel/money.ts'
import { type CreditOf, selectCredit } from '../ledger/balances.ts'
import { batch, type Tx } from '../platform/database.ts'
import type { Settings } from '../practice/settings.ts'
import { selectReserved, selectReservedCredit } from './reservations.ts'

/**
 * What a household owes now, line by line: what is open minus what is being paid; and the credit it may use. For who plans a payment;
 * pages show sums (owed-sums.ts).
 */
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
  const lines = open
    .map(line => ({ ...line, open: line.open - (taken.get(line.line) ?? 0n) }))
    .filter(line => line.open > 0n)
  const free = freeCredit(credit, reservedCredit)
  return {
    lines,
    total: sumCents(lines.map(line => line.open)),
    credit: free,
    creditTotal: sumCents(free.map(row => row.cents)),
  }
}

/** What payments under way leave of a household's credit. */
export function freeCredit(credit: readonly CreditOf[], reserved: readonly CreditOf[]): CreditOf[] {
  const used = new Map<string, Cents>(reserved.map(row => [row.payment, row.cents]))
  return credit.map(row => ({ ...row, cents: row.cents - (used.get(row.payment) ?? 0n) })).filter(row => row.cents > 0n)
}

/** What is owed of some bills alone. */
export function owedOf(owed: Owed, bills: readonly InvoiceId[]): Cents {
  return sumCents(owed.lines.filter(line => bills.includes(line.invoice)).map(line => line.open))
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
