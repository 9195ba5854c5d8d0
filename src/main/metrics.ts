import { createHash, timingSafeEqual } from 'node:crypto'
import { createServer } from 'node:http'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { paths } from '../kernel/paths.ts'
import { countWaiting } from '../recovery/inbox.ts'
import { answerMetrics } from '../web/counters.ts'
import type { WebApp } from '../web/route.ts'
import { metricsHost } from './metrics-host.ts'
import { listenOn } from './ports.ts'

/** Serves `/metrics` as Prometheus text on METRICS_PORT, where one is set; with METRICS_TOKEN for its bearer alone. Refuses a port that is taken. */
export async function serveMetrics(app: WebApp): Promise<{ stop(): void }> {
  const { metrics } = app.config
  if (!metrics) return { stop: () => undefined }
  const delay = monitorEventLoopDelay({ resolution: 20 })
  delay.enable()
  const server = createServer((request, response) => {
    if (request.url !== paths.metrics() || request.method !== 'GET') return void response.writeHead(404).end()
    if (!isBearer(metrics.token, request.headers.authorization))
      return void response.writeHead(401, { 'WWW-Authenticate': 'Bearer' }).end()
    readAll(app, delay).then(
      body => response.writeHead(200, { 'Content-Type': 'text/plain; version=0.0.4; charset=utf-8' }).end(body),
      () => response.writeHead(503).end(),
    )
  })
  await listenOn(server, metrics.port, metricsHost(app.config), 'METRICS_PORT')
  return {
    stop: () => {
      delay.disable()
      server.close()
    },
  }
}

function isBearer(token: string | undefined, given = ''): boolean {
  const hash = (text: string) => createHash('sha256').update(text).digest()
  return token === undefined || timingSafeEqual(hash(`Bearer ${token}`), hash(given))
}

async function readAll(app: WebApp, delay: ReturnType<typeof monitorEventLoopDelay>): Promise<string> {
  const { pool } = app.db
  const { rss, heapUsed } = process.memoryUsage()
  const gauges = [
    ['portico_inbox_waiting', 'Events of the processor that wait to be worked through.', await countWaiting(app)],
    ['portico_database_connections', 'Connections of this process to the database.', pool.totalCount],
    ['portico_database_waiting', 'Requests of this process that wait for a connection.', pool.waitingCount],
    [
      'portico_event_loop_delay_seconds',
      'What one percent of turns waited for longer, since the last look.',
      delay.percentile(99) / 1e9,
    ],
    ['process_resident_memory_bytes', 'Memory of this process.', rss],
    ['portico_heap_used_bytes', 'Memory that objects of this process take.', heapUsed],
    ['process_uptime_seconds', 'How long this process has run.', Math.round(process.uptime())],
  ] as const
  delay.reset()
  const told = gauges.map(([name, help, value]) => `# HELP ${name} ${help}\n# TYPE ${name} gauge\n${name} ${value}`)
  return `${told.join('\n')}\n${answerMetrics()}\n`
}
