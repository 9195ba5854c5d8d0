import { type Context, Hono } from 'hono'
import { html } from 'hono/html'
import { cardFields } from './card-fields.ts'
import { documentOf, setPolicy } from './layout.ts'
import { localeOf, type Word, wordsOf } from './words.ts'

/** The words that the card frame's script needs. */
const SCRIPT_WORDS: Word[] = [
  'incorrect_number',
  'invalid_expiry_month',
  'invalid_expiry_year',
  'invalid_cvc',
  'incomplete_number',
  'incomplete_expiry',
  'incomplete_zip',
  'test_mode_live_card',
  'unavailable',
]

/** The frames that the browser script opens: the card fields, and one without a face that asks the API. */
export function framePages(): Hono {
  const app = new Hono()
  app.get('/frame/card', cardFrame)
  app.get('/frame/controller', controllerFrame)
  return app
}

function cardFrame(c: Context) {
  const locale = localeOf(c.req.query('locale'))
  const words = wordsOf(locale)
  const texts = Object.fromEntries(SCRIPT_WORDS.map(name => [name, words[name]]))
  setPolicy(c, { framed: true })
  return c.html(
    documentOf({
      locale,
      title: words.card,
      className: `frame ${c.req.query('theme') === 'light' ? 'light' : c.req.query('theme') === 'dark' ? 'dark' : ''}`,
      script: '/assets/card-frame.js',
      body: html`<form id="card" novalidate data-words="${JSON.stringify(texts)}">${cardFields(locale)}</form>`,
    }),
  )
}

function controllerFrame(c: Context) {
  setPolicy(c, { framed: true })
  return c.html(
    documentOf({
      locale: 'en',
      title: 'Controller',
      className: 'frame',
      script: '/assets/controller-frame.js',
      body: html``,
    }),
  )
}
