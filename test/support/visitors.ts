import { recordGrant, recordLogin } from '../../src/identity/logins.ts'
import { csrfToken, startSession } from '../../src/identity/sessions.ts'
import { wholePractice } from '../../src/kernel/actor.ts'
import type { InvoiceId, MethodId, PaymentId } from '../../src/kernel/ids.ts'
import { type Cents, decimalText } from '../../src/kernel/money.ts'
import type { OpenApp } from '../../src/main/app.ts'
import { mintId } from '../../src/payments/mint.ts'
import { transact } from '../../src/platform/database.ts'
import type { Practice } from '../../src/practice/practices.ts'
import { type Household, makeHousehold } from './world.ts'

/** Somebody signed in for a household, as a browser without script that fills in the pay form. */
export type Visitor = {
  readonly household: Household
  readonly practice: Practice
  readonly cookie: string
  /** The id that the form would carry. */
  mint(): PaymentId
  /** The form, filled in. */
  form(order: FormOrder): string
}

export type FormOrder = {
  readonly payment: PaymentId
  readonly amount: Cents
  readonly bills?: readonly InvoiceId[]
  readonly with: { readonly saved: MethodId } | { readonly card: string; readonly save?: boolean }
}

/** A household with bills of these amounts, and its guarantor signed in. */
export async function makeVisitor(app: OpenApp, practice: Practice, bills: readonly Cents[]): Promise<Visitor> {
  const household = await makeHousehold({ app, practice }, bills)
  const { account, patient } = household
  const email = `${patient}@example.org`
  const login = await transact(app.db, wholePractice(practice.id), async tx => {
    const login = await recordLogin(tx, { email, name: 'Maria Ortega' })
    await recordGrant(tx, practice.id, { login, account, patient, kind: 'self', scope: 'record' })
    return login
  })
  const signed = await startSession(app, login, 'link')
  const session = await sessionOf(app, signed)
  const csrf = csrfToken(app, session)
  return {
    household,
    practice,
    cookie: `portico=${encodeURIComponent(signed)}`,
    mint: () => mintId(app, 'pay', { session, account }),
    form: order => fields(order, csrf).toString(),
  }
}

async function sessionOf(app: OpenApp, signed: string): Promise<string> {
  const token = signed.slice(0, signed.lastIndexOf('.'))
  const { rows } = await app.db.pool.query<{ id: string }>('select id from identity.session where token = $1', [token])
  return rows[0]?.id ?? ''
}

function fields({ payment, amount, bills = [], with: source }: FormOrder, csrf: string): URLSearchParams {
  const form = new URLSearchParams({ _csrf: csrf, payment, amount: decimalText(amount) })
  for (const bill of bills) form.append('bill', bill)
  if ('saved' in source) form.set('method', source.saved)
  else {
    form.set('method', 'new')
    form.set('payment_method', source.card)
    if (source.save) form.set('save', 'on')
  }
  return form
}

/** The headers of a form that our own page sends. */
export function formHeaders({ cookie }: Pick<Visitor, 'cookie'>, origin: string): Record<string, string> {
  return { Cookie: cookie, Origin: origin, Accept: 'text/html', 'Content-Type': 'application/x-www-form-urlencoded' }
}
