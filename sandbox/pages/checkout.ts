import { type Context, Hono } from 'hono'
import { html } from 'hono/html'
import { accountName } from '../accounts.ts'
import type { Sandbox } from '../call.ts'
import { filledUrl, findSession, payOnPage, settleAfterAuthentication, type TypedCard } from '../checkout-payment.ts'
import { expireDue, type Session } from '../checkout-sessions.ts'
import { wake } from '../deliveries.ts'
import { ApiError } from '../errors.ts'
import { findObject, idOf, saveObject } from '../objects.ts'
import { inTransaction } from '../store.ts'
import { cardFields, type FieldName, type FieldState, field } from './card-fields.ts'
import { documentOf, type Html, notePage, setPolicy } from './layout.ts'
import { filled, isWord, type Locale, localeOf, money, type Word, wordsOf } from './words.ts'

interface Shown extends FieldState {
  refused?: Word
}

/** The hosted page of a Checkout Session; it needs no script. */
export function checkoutPages(sandbox: Sandbox): Hono {
  const app = new Hono()
  app.get('/checkout/:id', c => showSession(c, sandbox))
  app.post('/checkout/:id', c => takePayment(c, sandbox))
  app.get('/checkout/:id/return', c => comeBack(c, sandbox))
  return app
}

function open(c: Context, sandbox: Sandbox) {
  expireDue(sandbox)
  return findSession(sandbox, c.req.param('id') ?? '')
}

function showSession(c: Context, sandbox: Sandbox) {
  const found = open(c, sandbox)
  if (!found) return missing(c)
  const { call, session } = found
  const { refused } = session.hidden
  return render(c, sandbox, call.account, session, isWord(refused) ? { refused } : {})
}

function missing(c: Context) {
  const locale = localeOf(c.req.header('accept-language'))
  setPolicy(c)
  return c.html(notePage(locale, wordsOf(locale).missing, wordsOf(locale).missingText), 404)
}

function render(
  c: Context,
  sandbox: Sandbox,
  account: string,
  session: Session,
  shown: Shown,
  status: 200 | 422 = 200,
) {
  const { body } = session
  const locale = localeOf(body.locale === 'auto' || !body.locale ? c.req.header('accept-language') : body.locale)
  const name = accountName(sandbox, account)
  const words = wordsOf(locale)
  setPolicy(c, { formTargets: [body.success_url] })
  if (body.status === 'complete') {
    const url = filledUrl(body.success_url ?? '', body.id)
    return c.html(notePage(locale, words.paid, words.paidText, { url, name }))
  }
  if (body.status === 'expired') {
    const link = body.cancel_url ? { url: filledUrl(body.cancel_url, body.id), name } : undefined
    return c.html(notePage(locale, words.expired, words.expiredText, link), 410)
  }
  return c.html(formPage(locale, name, session, shown), status)
}

function formPage(locale: Locale, name: string, session: Session, shown: Shown): Html {
  const { body } = session
  const words = wordsOf(locale)
  const isPayment = body.mode === 'payment'
  const amount = isPayment ? money(body.amount_total ?? 0, body.currency ?? 'usd', locale) : ''
  const title = filled(isPayment ? words.payTo : words.saveFor, { name })
  return documentOf({
    locale,
    title,
    body: html`<main class="sheet">
<header><h1>${title}</h1>${isPayment ? html`<p class="amount">${amount}</p>` : ''}</header>
${isPayment ? linesOf(session, locale) : ''}
<form method="post" class="stack" novalidate>
<p class="notice bad" role="alert" ${shown.refused ? '' : 'hidden'}>${shown.refused ? words[shown.refused] : ''}</p>
${body.customer_email || body.customer ? '' : field(locale, 'email', shown, false)}
${cardFields(locale, shown)}
${field(locale, 'name', shown, false)}
<button class="button primary" type="submit">${isPayment ? filled(words.pay, { amount }) : words.save}</button>
</form>
${body.cancel_url ? html`<p><a href="${filledUrl(body.cancel_url, body.id)}">${filled(words.cancel, { name })}</a></p>` : ''}
<p class="small muted">${words.sandbox}</p>
</main>`,
  })
}

function linesOf({ body, hidden }: Session, locale: Locale): Html {
  const currency = body.currency ?? 'usd'
  const rows = (hidden.lines ?? []).map(
    line => html`<dt>${line.name}${line.quantity > 1 ? ` × ${line.quantity}` : ''}</dt>
<dd>${money(line.unitAmount * line.quantity, currency, locale)}</dd>`,
  )
  return html`<dl class="facts">${rows}</dl>`
}

async function takePayment(c: Context, sandbox: Sandbox) {
  const form = await c.req.parseBody()
  const found = open(c, sandbox)
  if (!found) return missing(c)
  const { call, session } = found
  if (session.body.status !== 'open') return c.redirect(`/checkout/${session.body.id}`, 303)
  const typed = (name: FieldName) => String(form[name] ?? '').trim()
  const card = readCard(typed)
  const shown = missingFields(card, typed)
  if (!shown) {
    const refused = inTransaction(sandbox.store, () => tryToPay(() => payOnPage(call, session, card), session, sandbox))
    wake(sandbox)
    if (!refused) return afterAttempt(c, sandbox, session.body.id)
    return render(c, sandbox, call.account, session, { ...refused, values: keptValues(typed) }, 422)
  }
  return render(c, sandbox, call.account, session, shown, 422)
}

function readCard(typed: (name: FieldName) => string): TypedCard {
  const [, month = '', year = ''] = typed('expiry').match(/^(\d{1,2})\s*[/ -]?\s*(\d{2}|\d{4})$/) ?? []
  return {
    number: typed('number'),
    month,
    year,
    cvc: typed('cvc'),
    postalCode: typed('postalCode'),
    name: typed('name'),
    email: typed('email'),
  }
}

function missingFields(card: TypedCard, typed: (name: FieldName) => string): Shown | undefined {
  const errors: Shown['errors'] = {}
  if (!/\d/.test(card.number)) errors.number = 'incomplete_number'
  if (!card.month) errors.expiry = 'incomplete_expiry'
  if (!card.cvc) errors.cvc = 'invalid_cvc'
  if (!card.postalCode) errors.postalCode = 'incomplete_zip'
  return Object.keys(errors).length > 0 ? { errors, values: keptValues(typed) } : undefined
}

/** What a refused form shows again: never the card's number or code. */
function keptValues(typed: (name: FieldName) => string): Shown['values'] {
  return { expiry: typed('expiry'), postalCode: typed('postalCode'), name: typed('name'), email: typed('email') }
}

const FIELD_OF: Record<string, FieldName> = { number: 'number', exp_month: 'expiry', exp_year: 'expiry', cvc: 'cvc' }

/** Runs the attempt; a card error is what the page shows, and what was written before it is kept. */
function tryToPay(attempt: () => unknown, session: Session, sandbox: Sandbox): Shown | undefined {
  try {
    session.hidden.refused = undefined
    attempt()
    return undefined
  } catch (error) {
    if (!(error instanceof ApiError) || error.body.type !== 'card_error') throw error
    const { code, decline_code, param } = error.body
    const word = [decline_code, code].find(isWord) ?? 'card_declined'
    const name = FIELD_OF[param ?? '']
    if (name) return { errors: { [name]: word } }
    saveObject(sandbox.store, 'checkout.session', session)
    return { refused: word }
  }
}

/** Where the person goes after an attempt that was not refused: to the bank's page, or on to the practice. */
function afterAttempt(c: Context, sandbox: Sandbox, id: string) {
  const found = findSession(sandbox, id)
  if (!found) return missing(c)
  const { call, session } = found
  const { body } = session
  if (body.status === 'complete') return c.redirect(filledUrl(body.success_url ?? '/', id), 303)
  const kind = body.mode === 'setup' ? 'setup_intent' : 'payment_intent'
  const intent = findObject(sandbox.store, call.account, kind, idOf(body[kind]) ?? '')
  return c.redirect(intent?.body.next_action?.redirect_to_url?.url ?? `/checkout/${id}`, 303)
}

function comeBack(c: Context, sandbox: Sandbox) {
  const found = open(c, sandbox)
  if (!found) return missing(c)
  const { call, session } = found
  const complete = inTransaction(sandbox.store, () => {
    if (settleAfterAuthentication(call, session)) return true
    if (session.body.status === 'open') {
      session.hidden.refused = 'authentication_failed'
      saveObject(sandbox.store, 'checkout.session', session)
    }
    return false
  })
  wake(sandbox)
  const next = complete ? filledUrl(session.body.success_url ?? '/', session.body.id) : `/checkout/${session.body.id}`
  return c.redirect(next, 303)
}
