import { type Context, Hono } from 'hono'
import { html } from 'hono/html'
import { type Call, innerCall, type Sandbox } from '../call.ts'
import { finishAuthentication } from '../confirm.ts'
import { wake } from '../deliveries.ts'
import { findObject, selectObjects } from '../objects.ts'
import { emptyParams } from '../params.ts'
import { finishSetupAuthentication } from '../setup-intents.ts'
import { inTransaction, now } from '../store.ts'
import { documentOf, notePage, setPolicy } from './layout.ts'
import { localeOf, wordsOf } from './words.ts'

type Kind = 'payment_intent' | 'setup_intent'

/** The bank's page, played by the sandbox: two buttons that need no script. */
export function authenticationPages(sandbox: Sandbox): Hono {
  const app = new Hono()
  app.get('/authenticate/:id', c => show(c, sandbox))
  app.post('/authenticate/:id', c => decide(c, sandbox))
  return app
}

/** The intent of the address, for who knows its client secret. */
function findIntent(c: Context, sandbox: Sandbox) {
  const id = c.req.param('id') ?? ''
  const kind: Kind = id.startsWith('seti_') ? 'setup_intent' : 'payment_intent'
  const [intent] = selectObjects(sandbox.store, kind, 'id = ?', [id])
  if (!intent || intent.body.client_secret !== c.req.query('client_secret')) return undefined
  return { kind, call: innerCall(sandbox, intent.account, now(sandbox.store), emptyParams()), intent }
}

function isFramed(c: Context): boolean {
  return c.req.query('framed') === '1'
}

function show(c: Context, sandbox: Sandbox) {
  const locale = localeOf(c.req.query('locale') ?? c.req.header('accept-language'))
  const words = wordsOf(locale)
  const found = findIntent(c, sandbox)
  if (!found) {
    setPolicy(c)
    return c.html(notePage(locale, words.missing, words.missingText), 404)
  }
  setPolicy(c, { formTargets: leadsTo(found), framed: isFramed(c) })
  return c.html(
    documentOf({
      locale,
      title: words.authenticate,
      className: isFramed(c) ? 'page in-dialog' : 'page',
      body: html`<main class="sheet">
<h1>${words.authenticate}</h1>
<p>${words.authenticateText}</p>
<form method="post" class="row">
<button class="button primary" name="outcome" value="complete">${words.complete}</button>
<button class="button" name="outcome" value="fail">${words.fail}</button>
</form>
</main>`,
    }),
  )
}

/** Every place that the redirects after the form may end at; a form's policy covers them all. */
function leadsTo({ call, intent }: { call: Call; intent: { hidden: { returnUrl?: string; session?: string } } }) {
  const { returnUrl, session } = intent.hidden
  const page = session ? findObject(call.sandbox.store, call.account, 'checkout.session', session) : undefined
  return [returnUrl, page?.body.success_url]
}

async function decide(c: Context, sandbox: Sandbox) {
  const passed = (await c.req.parseBody()).outcome === 'complete'
  const found = findIntent(c, sandbox)
  if (!found) return c.notFound()
  const { kind, call, intent } = found
  inTransaction(sandbox.store, () => {
    if (kind === 'setup_intent') {
      const kept = findObject(sandbox.store, call.account, kind, intent.body.id)
      if (kept) finishSetupAuthentication(call, kept, passed)
    } else {
      const kept = findObject(sandbox.store, call.account, kind, intent.body.id)
      if (kept) finishAuthentication(call, kept, passed)
    }
  })
  wake(sandbox)
  return leave(c, sandbox)
}

/** Back to where the practice asked, with Stripe's three parameters; a dialog's frame tells its page instead. */
function leave(c: Context, sandbox: Sandbox) {
  const found = findIntent(c, sandbox)
  if (!found) return c.notFound()
  const { kind, intent } = found
  const { returnUrl } = intent.hidden
  const locale = localeOf(c.req.query('locale') ?? c.req.header('accept-language'))
  const words = wordsOf(locale)
  if (isFramed(c) || !returnUrl) {
    setPolicy(c, { framed: isFramed(c) })
    const body = html`<main class="sheet"><p role="status">${words.finished}</p></main>`
    const script = isFramed(c) ? '/assets/authenticated.js' : undefined
    return c.html(documentOf({ locale, title: words.authenticate, body, script }))
  }
  const url = new URL(returnUrl)
  url.searchParams.set(kind, intent.body.id)
  url.searchParams.set(`${kind}_client_secret`, intent.body.client_secret ?? '')
  const isFailed = intent.body.status === 'requires_payment_method'
  url.searchParams.set('redirect_status', isFailed ? 'failed' : 'succeeded')
  return c.redirect(url.href, 303)
}
