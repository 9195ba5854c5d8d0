import type { ChildProcess } from 'node:child_process'
import { closeSync, existsSync, mkdirSync, openSync, readdirSync, readFileSync, realpathSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileTrouble, folderTrouble, Trouble } from '../trouble.ts'
import { type Account, serverAccount } from './account.ts'
import { adoptPostgres } from './adopt.ts'
import { majorVersion, nativeFolder } from './binaries.ts'
import { createCluster, lastLines, run } from './cluster.ts'
import type { Postgres } from './postgres.ts'
import { disownStale, isPostmasterOf, readPostmaster } from './postmaster.ts'
import { makeSocketFolder, socketFolder, socketUrl } from './socket.ts'
import { stopPostmaster } from './stop.ts'

export type PostgresOptions = {
  /** The cluster's folder; it is made when it does not exist. */
  folder: string
  /** Off only for tests: a crash of the machine then loses the cluster. */
  fsync?: boolean
  native?: string
  /** Where no client of the store looks for it, so that nobody else writes meanwhile. */
  apart?: boolean
  log?: (line: string) => void
}

/** Starts the embedded server on its folder, or adopts the one that runs there. Two at once need `withTurn` around them. */
export async function startPostgres({
  folder: named,
  fsync = true,
  native = nativeFolder(),
  apart = false,
  log = () => {},
}: PostgresOptions): Promise<Postgres> {
  const folder = placeOf(named)
  const running = await adoptPostgres(folder)
  if (running) return running
  const socket = socketFolder(folder, apart)
  const account = serverAccount(native, [folder, socket])
  try {
    if (!existsSync(join(folder, 'PG_VERSION'))) {
      log('making a new database')
      await createCluster(folder, account, fsync)
    }
    checkVersion(folder, native)
    if (socket !== folder) makeSocketFolder(socket, account.owner)
    return await launch(folder, socket, account, fsync, log)
  } catch (error) {
    throw fileTrouble(error, folder) ?? error
  }
}

/** Its parent's real path, so that a link and its target are the same store. */
function placeOf(folder: string): string {
  const parent = dirname(resolve(folder))
  try {
    mkdirSync(parent, { recursive: true })
    return join(realpathSync(parent), basename(folder))
  } catch (error) {
    throw folderTrouble(error, parent)
  }
}

function checkVersion(folder: string, native: string): void {
  const stored = readFileSync(join(folder, 'PG_VERSION'), 'utf8').trim()
  if (Number(stored) === majorVersion(native)) return
  throw new Trouble(
    `The database in ${folder} was made by PostgreSQL ${stored}, and this is ${majorVersion(native)}. ` +
      'Start the Portico that made it, take a copy with portico backup, and restore that here into a new folder.',
  )
}

async function launch(
  folder: string,
  socket: string,
  account: Account,
  fsync: boolean,
  log: (line: string) => void,
): Promise<Postgres> {
  const patience = Date.now() + 15_000
  for (;;) {
    for (const path of [join(folder, 'postmaster.pid'), join(socket, '.s.PGSQL.5432.lock')]) disownStale(path)
    const child = spawnServer(folder, socket, account, fsync)
    if (await becomesReady(child, folder, log)) return handle(child, folder, socket)
    const said = whatItSaid(child, folder)
    // Sessions of a server that was killed need a moment to notice; until then their shared memory is in use.
    if (!/shared memory block/.test(said) || Date.now() > patience) throw startTrouble(said, folder)
    await pause(50)
  }
}

function spawnServer(folder: string, socket: string, account: Account, fsync: boolean): ChildProcess {
  const out = openSync(join(folder, 'start.log'), 'w')
  const settings = Object.entries(serverSettings(socket, fsync)).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  try {
    // A group of its own: Ctrl-C in a terminal must reach the supervisor alone, which stops the app before the database.
    const child = run(account, 'postgres', ['-D', folder, ...settings], { detached: true, stdio: ['ignore', out, out] })
    child.on('error', () => {})
    child.unref()
    return child
  } finally {
    closeSync(out)
  }
}

function serverSettings(socket: string, fsync: boolean): Record<string, string> {
  return {
    listen_addresses: '',
    unix_socket_directories: `"${socket.replaceAll('"', '""')}"`,
    unix_socket_permissions: '0700',
    max_connections: '200',
    shared_buffers: '192MB',
    max_wal_size: '1GB',
    fsync: fsync ? 'on' : 'off',
    full_page_writes: fsync ? 'on' : 'off',
    jit: 'off',
    timezone: 'UTC',
    log_timezone: 'UTC',
    logging_collector: 'on',
    log_directory: 'log',
    log_filename: 'postgres-%a.log',
    log_rotation_age: '1d',
    log_truncate_on_rotation: 'on',
    // Statements, parameters and details hold what patients wrote; none of it may reach a log.
    log_error_verbosity: 'terse',
    log_min_error_statement: 'panic',
    log_parameter_max_length: '0',
  }
}

async function becomesReady(child: ChildProcess, folder: string, log: (line: string) => void): Promise<boolean> {
  let asked = 0
  while (child.exitCode === null && child.signalCode === null && child.pid !== undefined) {
    const found = readPostmaster(folder)
    if (found?.pid === child.pid && found.status === 'ready') return true
    asked += 1
    if (asked === 300) log('the database repairs itself after an unclean end')
    await pause(10)
  }
  return false
}

/** Until the log's collector runs, the server writes to `start.log`; afterwards to one file per weekday. */
function whatItSaid(child: ChildProcess, folder: string): string {
  const logs = join(folder, 'log')
  const files = existsSync(logs) ? readdirSync(logs).map(name => join(logs, name)) : []
  const lines = files.flatMap(file => readFileSync(file, 'utf8').split('\n'))
  const own = lines.filter(line => line.includes(` [${child.pid}] `))
  return [readFileSync(join(folder, 'start.log'), 'utf8'), ...own].join('\n')
}

function startTrouble(said: string, folder: string): Error {
  const why = lastLines(said).replace(/.*?(FATAL|PANIC): +/, '')
  return (
    fileTrouble(said, folder) ??
    new Trouble(`The database did not start: ${why.replace(/[.]?$/, '.')} More is in ${join(folder, 'log')}.`)
  )
}

function handle(child: ChildProcess, folder: string, socket: string): Postgres {
  const pid = child.pid ?? 0
  const exited = new Promise<void>(resolve => {
    if (child.exitCode !== null || child.signalCode !== null) resolve()
    child.once('exit', () => resolve())
  })
  const gone = () => child.exitCode !== null || child.signalCode !== null || !isPostmasterOf(pid, folder)
  return { ownerUrl: socketUrl(socket), adopted: false, pid, exited, stop: () => stopPostmaster(pid, gone) }
}
