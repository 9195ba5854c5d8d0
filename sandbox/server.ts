import { createServer, type Server } from 'node:http'
import { getRequestListener } from '@hono/node-server'
import { Hono } from 'hono'
import { serveApi } from './api.ts'
import type { Sandbox } from './call.ts'
import { expireDue } from './checkout-sessions.ts'
import { controlApi } from './control.ts'
import { newDeliverer, stopDelivering, wake } from './deliveries.ts'
import { sitePages } from './pages/site.ts'
import type { Settings } from './settings.ts'
import { closeStore, openStore, setClock } from './store.ts'
import { ensureEndpoint } from './webhook-endpoints.ts'

const SWEEP_MS = 5000

export interface OpenSandbox {
  origin: string
  close: () => Promise<void>
}

/** Opens the store, listens on the loopback address alone, and goes on delivering what an earlier run left. */
export async function openSandbox(settings: Settings): Promise<OpenSandbox> {
  const store = openStore(settings.folder)
  if (settings.clockOffset !== null) setClock(store, settings.clockOffset)
  const sandbox: Sandbox = { settings, store, deliverer: newDeliverer(), origin: '' }
  const server = createServer(listenerOf(sandbox))
  server.keepAliveTimeout = 75_000
  const port = await listen(server, settings)
  sandbox.origin = `http://localhost:${port}`
  if (settings.webhook) ensureEndpoint(sandbox, settings.webhook.url, settings.webhook.secret)
  const sweep = setInterval(() => expireDue(sandbox), SWEEP_MS)
  wake(sandbox)
  const close = async () => {
    clearInterval(sweep)
    stopDelivering(sandbox.deliverer)
    server.closeAllConnections()
    await new Promise(done => server.close(done))
    closeStore(store)
  }
  return { origin: sandbox.origin, close }
}

function listenerOf(sandbox: Sandbox): Parameters<typeof createServer>[1] {
  const app = new Hono()
  app.get('/healthz', c => c.json({ status: 'ok' }))
  app.route('/sandbox', controlApi(sandbox))
  app.route('/', sitePages(sandbox))
  const pages = getRequestListener(app.fetch)
  return (incoming, outgoing) => {
    if (!isHere(incoming.headers.host))
      return void outgoing.writeHead(421).end('The sandbox is for this machine alone.\n')
    if (!incoming.url?.startsWith('/v1/')) return void pages(incoming, outgoing)
    serveApi(sandbox, incoming, outgoing).catch(error => {
      if (!incoming.destroyed) console.error(error)
      outgoing.destroy()
    })
  }
}

/** Whether a Host header names this machine: a name that somebody else made to lead here is no way in. */
function isHere(host: string | undefined): boolean {
  return /^(([a-z0-9-]+[.])*localhost|127([.]\d{1,3}){3}|\[::1\])(:\d+)?$/i.test(host ?? '')
}

function listen(server: Server, settings: Settings): Promise<number> {
  return new Promise((done, fail) => {
    server.once('error', fail)
    server.listen(settings.port, '127.0.0.1', () => {
      const address = server.address()
      done(typeof address === 'object' && address ? address.port : settings.port)
    })
  })
}
