import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Context, Hono } from 'hono'
import type { Sandbox } from '../call.ts'
import { authenticationPages } from './authenticate.ts'
import { checkoutPages } from './checkout.ts'
import { framePages } from './frames.ts'
import { receiptPages } from './receipt.ts'

const BROWSER = join(import.meta.dirname, '..', 'browser')
const FONT = '@fontsource-variable/atkinson-hyperlegible-next/files/atkinson-hyperlegible-next-latin-wght-normal.woff2'
const TYPES = { css: 'text/css; charset=utf-8', js: 'text/javascript; charset=utf-8', woff2: 'font/woff2' }

/** Every page and file that a browser loads from the sandbox. */
export function sitePages(sandbox: Sandbox): Hono {
  const app = new Hono()
  app.get('/v3/stripe.js', c => sendFile(c, join(BROWSER, 'stripe.js')))
  app.get('/v3', c => sendFile(c, join(BROWSER, 'stripe.js')))
  app.get('/v3/', c => sendFile(c, join(BROWSER, 'stripe.js')))
  for (const name of ['sandbox.css', 'card-frame.js', 'card-input.js', 'controller-frame.js', 'authenticated.js']) {
    app.get(`/assets/${name}`, c => sendFile(c, join(BROWSER, name)))
  }
  app.get('/assets/atkinson.woff2', c => sendFile(c, fileURLToPath(import.meta.resolve(FONT))))
  app.route('/', checkoutPages(sandbox))
  app.route('/', authenticationPages(sandbox))
  app.route('/', framePages())
  app.route('/', receiptPages(sandbox))
  return app
}

/** Reads the file at each request: they are few and small, and an edit shows at once. */
function sendFile(c: Context, path: string) {
  const type = path.endsWith('.css') ? TYPES.css : path.endsWith('.js') ? TYPES.js : TYPES.woff2
  c.header('Content-Type', type)
  // The script alone runs in pages of another origin; what it asks for, its frames ask from here.
  c.header('Cross-Origin-Resource-Policy', path.endsWith('stripe.js') ? 'cross-origin' : 'same-origin')
  c.header('X-Content-Type-Options', 'nosniff')
  c.header('Cache-Control', path.endsWith('.woff2') ? 'public, max-age=86400' : 'no-cache')
  return c.body(readFileSync(path))
}
