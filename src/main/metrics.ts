import { createServer } from 'node:http'
import { paths } from '../kernel/paths.ts'
import { countWaiting } from '../recovery/inbox.ts'
import { answerMetrics } from '../web/counters.ts'
import type { WebApp } from '../web/route.ts'
import { listenOn } from './ports.ts'

/** Serves `/metrics` as Prometheus text on METRICS_PORT, where one is set; with METRICS_TOKEN for its bearer alone. Refuses a port that is taken. */
export async function serveMetrics(app: WebApp): Promise<{ stop(): void }> {
  const { metrics, host } = app.config
  if (!metrics) return { stop: () => undefined }
  const server = createServer((request, response) => {
    const isAllowed = metrics.token === undefined || request.headers.authorization === `Bearer ${metrics.token}`
    if (request.url !== paths.metrics() || request.method !== 'GET') return void response.writeHead(404).end()
    if (!isAllowed) return void response.writeHead(401, { 'WWW-Authenticate': 'Bearer' }).end()
    readAll(app).then(
      body => response.writeHead(200, { 'Content-Type': 'text/plain; version=0.0.4; charset=utf-8' }).end(body),
      () => response.writeHead(503).end(),
    )
  })
  await listenOn(server, metrics.port, host, 'METRICS_PORT')
  return { stop: () => void server.close() }
}

async function readAll(app: WebApp): Promise<string> {
  const { pool } = app.db
  const gauges = [
    ['portico_inbox_waiting', 'Events of the processor that wait to be worked through.', await countWaiting(app)],
    ['portico_database_connections', 'Connections of this process to the database.', pool.totalCount],
    ['portico_database_waiting', 'Requests of this process that wait for a connection.', pool.waitingCount],
    ['process_resident_memory_bytes', 'Memory of this process.', process.memoryUsage.rss()],
    ['process_uptime_seconds', 'How long this process has run.', Math.round(process.uptime())],
  ] as const
  const told = gauges.map(([name, help, value]) => `# HELP ${name} ${help}\n# TYPE ${name} gauge\n${name} ${value}`)
  return `${told.join('\n')}\n${answerMetrics()}\n`
}
