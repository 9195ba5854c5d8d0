import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { Config } from '../platform/config.ts'
import { roleUrl } from '../platform/postgres/socket.ts'
import { leasePostgres, type PostgresLease } from '../platform/shared-postgres.ts'
import type { Progress } from './progress.ts'

/** The database of a run: where it is, and its end. */
export type Database = { env: Record<string, string>; ownerUrl: string; release(): Promise<void> }

/** Takes the server that DATABASE_URL names, or starts the embedded one and keeps it running. */
export async function startDatabase(config: Config, progress: Progress): Promise<Database> {
  if (config.databaseUrl) return { env: {}, ownerUrl: config.databaseUrl, release: () => Promise.resolve() }
  const { note: log, tell } = progress
  const lease = () => leasePostgres({ folder: join(config.dataFolder, 'postgres'), log, tell })
  const first = await lease()
  const release = keepPostgres(first, lease)
  const { ownerUrl } = first
  const env = {
    DATABASE_URL: ownerUrl,
    DATABASE_APP_URL: roleUrl(ownerUrl, 'portico_app'),
    DATABASE_QUEUE_URL: roleUrl(ownerUrl, 'portico_queue'),
  }
  return { env, ownerUrl, release }
}

/** Starts the server again when it ends unasked; app and worker connect anew by themselves, to the same address. */
function keepPostgres(first: PostgresLease, lease: () => Promise<PostgresLease>): () => Promise<void> {
  let wanted = true
  let latest = Promise.resolve(first)
  const keep = async () => {
    for (;;) {
      const fallen = await latest
      await fallen.exited
      if (!wanted) return
      console.error('The database ended unexpectedly; it is started again.')
      latest = fallen.release().then(
        () => again(lease, () => wanted),
        () => again(lease, () => wanted),
      )
    }
  }
  void keep().catch(() => {})
  // One that is just being started again is waited for: its clients may be at work before we have it.
  return async () => {
    wanted = false
    await (await latest.catch(() => undefined))?.release()
  }
}

async function again(lease: () => Promise<PostgresLease>, wanted: () => boolean): Promise<PostgresLease> {
  for (let wait = 250; ; wait = Math.min(wait * 2, 10_000)) {
    if (!wanted()) throw new Error('stopping')
    try {
      return await lease()
    } catch (error) {
      console.error(error instanceof Error ? error.message : error)
      await pause(wait)
    }
  }
}
