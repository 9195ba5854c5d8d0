import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { getRequestListener } from '@hono/node-server'
import { clientFolder, readAssets } from '../web/assets.ts'
import { readFiles } from '../web/files.ts'
import type { WebApp } from '../web/route.ts'
import { buildServer } from '../web/server.ts'
import { listenOn } from './ports.ts'
import { routes } from './routes.ts'

export type Serving = { readonly port: number; stop(): Promise<void> }

/** Answers HTTP until stopped; slow senders are cut off (reliability 21): headers within 10 s, a request within 30 s. */
export async function serve(app: WebApp, { port, host }: { port: number; host: string }): Promise<Serving> {
  const client = clientFolder()
  const listener = getRequestListener(
    buildServer(app, routes, { assets: readAssets(client), files: readFiles(client) }).fetch,
  )
  const server = createServer(
    { headersTimeout: 10_000, requestTimeout: 30_000, keepAliveTimeout: 65_000, connectionsCheckingInterval: 2_000 },
    listener,
  )
  server.maxRequestsPerSocket = 10_000
  await listenOn(server, port, host, 'PORT')
  return { port: (server.address() as AddressInfo).port, stop: () => stop(server) }
}

/** Finishes what has begun; idle connections are closed at once, the rest after eight seconds. */
function stop(server: Server): Promise<void> {
  return new Promise(resolve => {
    server.close(() => resolve())
    server.closeIdleConnections()
    setTimeout(() => server.closeAllConnections(), 8_000).unref()
  })
}
