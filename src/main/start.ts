import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { paths } from '../kernel/paths.ts'
import { HELD } from '../platform/child.ts'
import type { Config } from '../platform/config.ts'
import { databaseUrls } from '../platform/database-urls.ts'
import { Trouble } from '../platform/trouble.ts'
import { type Child, type ChildPlan, keepRunning, lastWords } from './children.ts'
import { demoLines } from './demo-lines.ts'
import { metricsHost } from './metrics-host.ts'
import { freePort } from './ports.ts'
import { type Progress, showProgress } from './progress.ts'
import { clearLeftovers, removeRun, takeFolder, writeRun } from './run-file.ts'
import { sandboxPlan } from './sandbox.ts'
import { type Database, startDatabase } from './start-database.ts'
import { seedDemo } from './start-seed.ts'

/** What runs now, the children in the order in which they were started. */
type Running = { folder: string; children: Child[]; database: Promise<Database> | undefined; stopping: boolean }

/**
 * Runs all of Portico until it is asked to stop, and answers with the exit status. Refuses, with a sentence, a data folder
 * that another run has, and ports that are taken.
 */
export async function start(given: Config): Promise<number> {
  const lock = await takeFolder(given.dataFolder)
  const running: Running = { folder: given.dataFolder, children: [], database: undefined, stopping: false }
  const stopped = stopOnSignal(running)
  const progress = showProgress(5)
  try {
    const lines = await Promise.race([startAll(given, running, progress), stopped])
    progress.end()
    for (const line of lines) console.log(line)
    await stopped
    return 0
  } catch (error) {
    progress.end()
    await stopAll(running)
    throw error
  } finally {
    lock.release()
  }
}

async function startAll(given: Config, running: Running, progress: Progress): Promise<string[]> {
  await clearLeftovers(running.folder)
  const config = await withPorts(given)
  const logFolder = logsOf(config)
  const launch = (plan: Omit<ChildPlan, 'logFolder'>) => launchChild({ ...plan, logFolder }, running)
  progress.step('database')
  // Loading the app takes as long as the database with its migrations, so it begins now.
  const app = launch({ name: 'app', args: ours('serve'), env: { ...settings(config), ...HELD } })
  const sandbox = config.processor === 'sandbox' ? launch(sandboxPlan(config)) : undefined
  running.database = startDatabase(config, progress)
  const database = await running.database
  progress.step('migrations')
  const { migrate } = await import('../platform/migrate.ts')
  await migrate(database.ownerUrl, name => progress.note(name), databaseUrls(config, database.ownerUrl).passwords)
  progress.step('app')
  const env = { ...settings(config), ...database.env }
  app.release(env)
  const readyz = `http://${reached(config.host)}:${config.port}${paths.readyz()}`
  const sandboxReady = sandbox && answers(`http://127.0.0.1:${config.sandboxPort}/`, sandbox, logFolder)
  sandboxReady?.catch(() => undefined)
  progress.step('demo practices')
  // An app that is ready has its demo already, and to look for that in a process of its own costs a quarter of a start.
  const isDemo = config.mode === 'demo' && (await asksForDemo(databaseUrls(config, database.ownerUrl).app))
  const isMade = !isDemo || (await answers(readyz, app, logFolder)) === 200
  await sandboxReady
  if (!isMade) await seedDemo(ours('seed'), env, progress)
  launch({ name: 'worker', args: ours('work'), env })
  progress.step('first page')
  await answers(readyz, app, logFolder, 200)
  if (isDemo) return demoLines(config.url)
  return config.mode === 'demo' ? [...plainLines(config), NO_DEMO] : plainLines(config)
}

const NO_DEMO = 'This store has practices of its own: no demo was made in it.'

async function asksForDemo(appUrl: string): Promise<boolean> {
  const { openDatabase, closeDatabase } = await import('../platform/database.ts')
  const { isForDemo } = await import('../practice/practices.ts')
  const db = openDatabase(appUrl, { size: 1, name: 'portico start' })
  try {
    return await isForDemo(db)
  } finally {
    await closeDatabase(db)
  }
}

async function withPorts(config: Config): Promise<Config> {
  const port = await freePort(config.port, config.host, 'PORT')
  if (config.metrics) await freePort(config.metrics.port, metricsHost(config), 'METRICS_PORT')
  const url = config.port === 0 ? config.url.replace(/:0$/, `:${port}`) : config.url
  if (config.processor !== 'sandbox') return { ...config, port, url }
  return { ...config, port, url, sandboxPort: await freePort(config.sandboxPort, '127.0.0.1', 'SANDBOX_PORT') }
}

function settings(config: Config): Record<string, string> {
  const env = { PORT: String(config.port), PORTICO_DATA: config.dataFolder, PORTICO_URL: config.url }
  return config.processor === 'sandbox' ? { ...env, SANDBOX_PORT: String(config.sandboxPort) } : env
}

/** One of the other commands of the build that runs now. */
function ours(...words: string[]): string[] {
  return [process.argv[1] ?? '', ...words]
}

/** In production what the processes say belongs to whoever collects it; elsewhere it would bury the lines we print. */
function logsOf(config: Config): string | undefined {
  return config.mode === 'production' ? undefined : join(config.dataFolder, 'log')
}

function plainLines(config: Config): string[] {
  const portal = `portal: ${config.url}`
  return config.mode === 'production' ? [portal] : [portal, `mailbox: ${config.url}${paths.mailbox()}`]
}

/** Waits until a child answers, with this status when one is given; says with which. */
async function answers(url: string, child: Child, logFolder: string | undefined, status?: number): Promise<number> {
  const until = Date.now() + 120_000
  for (;;) {
    const response = await fetch(url, { signal: AbortSignal.timeout(2000) }).catch(() => undefined)
    await response?.body?.cancel()
    if (response && (status === undefined || response.status === status)) return response.status
    if (child.falls() > 2 || Date.now() > until) {
      throw new Trouble(`The ${child.name} does not start.\n${lastWords(logFolder, child.name)}`.trim())
    }
    await pause(25)
  }
}

function reached(host: string): string {
  if (host === '0.0.0.0' || host === '::') return '127.0.0.1'
  return host.includes(':') ? `[${host}]` : host
}

function launchChild(plan: ChildPlan, running: Running): Child {
  if (running.stopping) throw new Trouble('Stopped while starting.')
  const child = keepRunning(plan, () => note(running))
  running.children.push(child)
  note(running)
  return child
}

function note({ folder, stopping, children }: Running): void {
  const pids = children.flatMap(child => (child.pid() === undefined ? [] : [[child.name, child.pid()]]))
  writeRun(folder, { pid: process.pid, stopping, children: Object.fromEntries(pids) })
}

/**
 * Settles when everything has stopped in order. A second Ctrl-C does not wait for anybody; npm passes on what the terminal
 * has sent to us as well, so one that comes at once is the same one.
 */
function stopOnSignal(running: Running): Promise<never[]> {
  return new Promise((resolve, reject) => {
    let first: number | undefined
    const asked = () => {
      if (first !== undefined && Date.now() - first > 500) force(running)
      if (first !== undefined) return
      first = Date.now()
      stopAll(running).then(() => resolve([]), reject)
    }
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, asked)
  })
}

/** App and worker finish what they have begun; the processor and the database are there for them until then. */
async function stopAll(running: Running): Promise<void> {
  running.stopping = true
  note(running)
  const sandbox = running.children.filter(child => child.name === 'sandbox')
  const others = running.children.filter(child => child.name !== 'sandbox')
  await Promise.all(others.map(child => child.stop(10_000)))
  await Promise.all(sandbox.map(child => child.stop(3000)))
  const database = await running.database?.catch(() => undefined)
  await database?.release()
  removeRun(running.folder)
}

function force(running: Running): void {
  for (const child of running.children) child.kill()
  process.exit(130)
}
