import { setTimeout as pause } from 'node:timers/promises'
import pg from 'pg'
import { Trouble } from '../trouble.ts'
import type { Postgres } from './postgres.ts'
import { isPostmasterOf, type Postmaster, readPostmaster } from './postmaster.ts'
import { socketUrl } from './socket.ts'
import { stopPostmaster } from './stop.ts'

/** The server that runs on the folder, once it answers; undefined when none does, or when it was about to stop. */
export async function adoptPostgres(folder: string): Promise<Postgres | undefined> {
  const until = Date.now() + 60_000
  while (Date.now() < until) {
    const found = readPostmaster(folder)
    if (!found || !isPostmasterOf(found.pid, folder)) return undefined
    if (found.status === 'ready' && (await answers(found, folder))) return handle(found, folder)
    await pause(20)
  }
  throw new Trouble(`A database server runs on ${folder} but does not answer. End it, then start again.`)
}

async function answers({ socket }: Postmaster, folder: string): Promise<boolean> {
  const connectionString = socketUrl(socket, 'postgres', 'postgres')
  const client = new pg.Client({ connectionString, connectionTimeoutMillis: 2000 })
  client.on('error', () => {})
  try {
    await client.connect()
    const { rows } = await client.query("select current_setting('data_directory') as folder")
    return rows[0]?.folder === folder
  } catch {
    return false
  } finally {
    await client.end().catch(() => {})
  }
}

function handle({ pid, socket }: Postmaster, folder: string): Postgres {
  const gone = () => !isPostmasterOf(pid, folder)
  const stop = () => stopPostmaster(pid, gone)
  return { ownerUrl: socketUrl(socket), adopted: true, pid, exited: untilGone(gone), stop }
}

function untilGone(gone: () => boolean): Promise<void> {
  return new Promise(resolve => {
    const timer = setInterval(() => {
      if (!gone()) return
      clearInterval(timer)
      resolve()
    }, 250)
    timer.unref()
  })
}
