import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { type Running, startSandbox } from '../../sandbox/running.ts'
import { type OpenApp, openApp } from '../../src/main/app.ts'
import { freePort } from '../../src/main/ports.ts'
import { type Database, startDatabase } from '../../src/main/start-database.ts'
import { type Config, readConfig } from '../../src/platform/config.ts'
import { migrate } from '../../src/platform/migrate.ts'
import { readPostmaster } from '../../src/platform/postgres/postmaster.ts'
import { roleUrl } from '../../src/platform/postgres/socket.ts'
import { builtEntry, type Ended, type Process, runToEnd, startProcess } from './processes.ts'

/** A real Portico: the embedded server with fsync as in production, the sandbox, and processes of the build. */
export type Stand = {
  readonly config: Config
  /** Where its app processes listen; the first gets the processor's webhooks. */
  readonly ports: readonly number[]
  /** In this process, to make what a measurement stands on; never what is measured. */
  readonly app: OpenApp
  readonly sandbox: Running
  /** The superuser's URL, to look past row-level security. */
  readonly superuserUrl: string
  /** The database server's process. */
  postmaster(): number
  /** Starts a command of the build. */
  start(name: string, words: readonly string[], env?: Record<string, string>): Process
  /** Runs a command of the build to its end. */
  run(words: readonly string[], env?: Record<string, string>): Promise<Ended>
  look<Row extends pg.QueryResultRow>(query: string, values?: unknown[]): Promise<Row[]>
  end(): Promise<void>
}

export type StandOptions = { readonly apps?: number; readonly sandboxEnv?: Record<string, string> }

export async function makeStand({ apps = 1, sandboxEnv = {} }: StandOptions = {}): Promise<Stand> {
  const folder = mkdtempSync(join(tmpdir(), 'portico-stand-'))
  const ports: number[] = []
  for (let n = 0; n < apps; n++) ports.push(await freePort(0, '127.0.0.1', 'PORT'))
  const url = `http://127.0.0.1:${ports[0]}`
  const base = { PORTICO_MODE: 'test', PORTICO_LIMITS: 'off', PORTICO_DATA: folder, PORTICO_URL: url, NODE_ENV: '' }
  const secret = readConfig(base).stripe.webhookSecret
  const webhook = { SANDBOX_WEBHOOK_URL: `${url}/webhooks/stripe`, STRIPE_WEBHOOK_SECRET: secret }
  const sandbox = await startSandbox({ ...webhook, ...sandboxEnv }, folder)
  const given = { ...base, STRIPE_API_BASE: sandbox.url, STRIPE_JS_URL: `${sandbox.url}/v3/stripe.js` }
  const database = await startDatabase(readConfig(given), { step() {}, note() {}, tell() {}, end() {} })
  await migrate(database.ownerUrl)
  const env = { ...given, ...database.env }
  const config = readConfig(env)
  const app = await openFixtures(config, database)
  const entry = await builtEntry()
  const superuser = openSuperuser(roleUrl(database.ownerUrl, 'postgres'))
  const parts = { config, ports, app, sandbox, superuserUrl: roleUrl(database.ownerUrl, 'postgres') }
  return {
    ...parts,
    postmaster: () => readPostmaster(join(folder, 'postgres'))?.pid ?? 0,
    start: (name, words, more = {}) => startProcess(name, [entry, ...words], { ...env, ...more }, join(folder, 'log')),
    run: (words, more = {}) => runToEnd([entry, ...words], { ...env, ...more }),
    look: async (query, values) => (await superuser.query(query, values)).rows,
    end: async () => {
      await app.close().catch(() => {})
      await superuser.end()
      await sandbox.stop('SIGKILL')
      await database.release()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

function openFixtures(config: Config, { ownerUrl, env }: Database): Promise<OpenApp> {
  const { DATABASE_APP_URL: appUrl = ownerUrl, DATABASE_QUEUE_URL: queueUrl = ownerUrl } = env
  return openApp(config, { appUrl, queueUrl, name: 'fixtures', silent: true, poolSize: 8 })
}

function openSuperuser(connectionString: string): pg.Pool {
  const pool = new pg.Pool({ connectionString, max: 4, connectionTimeoutMillis: 2000 })
  pool.on('error', () => {}) // a killed server takes idle connections with it; the next query makes a new one
  return pool
}
