import { Hono } from 'hono'
import { accountName } from '../accounts.ts'
import type { Sandbox } from '../call.ts'
import { selectObjects } from '../objects.ts'
import { notePage, setPolicy } from './layout.ts'
import { localeOf, money, wordsOf } from './words.ts'

/** What a charge's `receipt_url` shows. */
export function receiptPages(sandbox: Sandbox): Hono {
  const app = new Hono()
  app.get('/receipts/:id', c => {
    const locale = localeOf(c.req.header('accept-language'))
    const words = wordsOf(locale)
    setPolicy(c)
    const [charge] = selectObjects(sandbox.store, 'charge', 'id = ?', [c.req.param('id')])
    if (!charge) return c.html(notePage(locale, words.missing, words.missingText), 404)
    const { amount, currency, description } = charge.body
    const text = [description, money(amount, currency, locale), charge.body.id].filter(Boolean).join(' · ')
    return c.html(notePage(locale, accountName(sandbox, charge.account), text))
  })
  return app
}
