import { createServer, type Server } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeWorld, type World } from '../../test/support/world.ts'
import { answerMetrics, countAnswer } from '../web/counters.ts'
import type { WebApp } from '../web/route.ts'
import { serveMetrics } from './metrics.ts'
import { freePort } from './ports.ts'

let world: World
beforeAll(async () => {
  world = await makeWorld()
}, 60_000)
afterAll(() => world?.end())

const HOST = '127.0.0.1'
const appAt = (port: number, token?: string, host = HOST): WebApp => ({
  ...world.app,
  config: { ...world.config, host, metrics: { port, token } },
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

/** The status of a look at the metrics by this address of the machine; 0 where nobody listens. */
async function look(address: string, port: number, headers: Record<string, string> = {}): Promise<number> {
  return fetch(`http://${address}:${port}/metrics`, { headers }).then(
    answer => answer.status,
    () => 0,
  )
}

test('without a token metrics are served to this machine alone, wherever the app listens; with one to its bearer, on HOST', async () => {
  const port = await freePort(0, HOST, 'METRICS_PORT')
  for (const host of ['0.0.0.0', '127.0.0.2']) {
    const open = await serveMetrics(appAt(port, undefined, host))
    expect([await look('127.0.0.1', port), await look('127.0.0.2', port)]).toEqual([200, 0])
    open.stop()
    const guarded = await serveMetrics(appAt(port, 'sesame', host))
    const bearer = { Authorization: 'Bearer sesame' }
    expect([await look('127.0.0.2', port), await look('127.0.0.2', port, bearer)]).toEqual([401, 200])
    for (const Authorization of ['Bearer sesam', 'Bearer sesames', 'sesame', 'Basic sesame'])
      expect(await look('127.0.0.2', port, { Authorization }), Authorization).toBe(401)
    guarded.stop()
  }
})

test('answers are counted as a histogram that Prometheus reads: each bound counts what is below it too', () => {
  for (const ms of [5, 30, 30, 70, 999, 60_000]) countAnswer('GET', '/test', 200, ms)
  const lines = answerMetrics()
    .split('\n')
    .filter(line => line.includes('route="/test"'))
  const read = Object.fromEntries(
    lines
      .map(line => [line.replace(/method="GET",route="\/test",status="200",?/, ''), ''])
      .map(([line = '']) => line.split(' ')),
  )
  const name = 'portico_http_request_duration_seconds'
  const bounds = ['0.01', '0.025', '0.05', '0.1', '0.25', '0.5', '1', '2.5', '5', '10', '+Inf']
  expect(bounds.map(bound => Number(read[`${name}_bucket{le="${bound}"}`]))).toEqual([1, 1, 3, 4, 4, 4, 5, 5, 5, 5, 6])
  expect(Number(read[`${name}_count{}`])).toBe(6)
  expect(Number(read[`${name}_sum{}`])).toBeCloseTo(61.134)
})
