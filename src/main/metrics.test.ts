import { createServer, type Server } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeWorld, type World } from '../../test/support/world.ts'
import type { WebApp } from '../web/route.ts'
import { serveMetrics } from './metrics.ts'
import { freePort } from './ports.ts'

let world: World
beforeAll(async () => {
  world = await makeWorld()
}, 60_000)
afterAll(() => world?.end())

const HOST = '127.0.0.1'
const appAt = (port: number): WebApp => ({
  ...world.app,
  config: { ...world.config, host: HOST, metrics: { port, token: undefined } },
})

async function occupy(port: number): Promise<Server> {
  const server = createServer()
  await new Promise<void>(resolve => server.listen(port, HOST, resolve))
  return server
}

test('metrics are served on their port; one that another program has is a sentence that names the setting', async () => {
  const port = await freePort(0, HOST, 'METRICS_PORT')
  const other = await occupy(port)
  await expect(serveMetrics(appAt(port))).rejects.toThrow(
    `Port ${port} is used by another program. Choose another one, for example METRICS_PORT=${port + 100} npm start.`,
  )
  await new Promise(resolve => other.close(resolve))
  const metrics = await serveMetrics(appAt(port))
  const answer = await fetch(`http://${HOST}:${port}/metrics`)
  expect(await answer.text()).toContain('process_uptime_seconds')
  metrics.stop()
})
