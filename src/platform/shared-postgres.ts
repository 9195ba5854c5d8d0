import { join } from 'node:path'
import { tryLock, withLock } from './lock.ts'
import { adoptPostgres } from './postgres/adopt.ts'
import { type PostgresOptions, startPostgres } from './postgres/embedded.ts'
import { finishCarrying, isOld } from './postgres/old.ts'
import type { Postgres } from './postgres/postgres.ts'
import { socketFolder, socketUrl } from './postgres/socket.ts'

export type DatabaseConfig = { databaseUrl?: string; dataFolder: string }

export type LeaseOptions = PostgresOptions & {
  /** Says a sentence to whoever started this; standard error unless given. */
  tell?: (sentence: string) => void
}

/** The embedded server in shared use. `release` stops it when no other process uses it any more. */
export type PostgresLease = Postgres & { release(): Promise<void> }

/**
 * Runs work on the database that the settings name. Without one in DATABASE_URL it is the embedded server: the one that
 * runs already, or one that is started for this work and stopped after it.
 */
export async function withDatabase<T>(
  { databaseUrl, dataFolder }: DatabaseConfig,
  work: (ownerUrl: string) => Promise<T>,
): Promise<T> {
  if (databaseUrl) return await work(databaseUrl)
  const server = await leasePostgres({ folder: join(dataFolder, 'postgres') })
  try {
    return await work(server.ownerUrl)
  } finally {
    await server.release()
  }
}

/**
 * Starts or adopts the server and notes its use. Every user holds a shared lock on one file; whoever can take that file
 * for itself afterwards was the last, and stops the server. A second file lets one at a time come or go. Both locks end
 * with their process, so a killed user keeps nothing alive, and the next one stops what it left.
 */
export async function leasePostgres(options: LeaseOptions): Promise<PostgresLease> {
  const turn = `${options.folder}.turn`
  const users = `${options.folder}.users`
  const { server, use } = await withLock(turn, async () => {
    finishCarrying(options.folder)
    const server = await renewed(await startPostgres(options), options, users)
    const use = tryLock(users, 'shared')
    if (!use) throw new Error(`${users} is locked outside of a turn.`)
    return { server, use }
  })
  const release = () =>
    withLock(turn, async () => {
      use.release()
      const last = tryLock(users)
      if (!last) return
      await server.stop()
      last.release()
    })
  return { ...server, release }
}

/**
 * A cluster that was made without letters beyond ASCII keeps that for ever, so its store is carried into a new one, by whoever
 * is alone with it. Where that fails the old one goes on.
 */
async function renewed(server: Postgres, options: LeaseOptions, users: string): Promise<Postgres> {
  const alone = tryLock(users)
  alone?.release()
  if (!alone || !(await isOld(server.ownerUrl))) return server
  const { carryOver } = await import('./store/carry.ts')
  await server.stop()
  const { tell = console.error } = options
  tell(await carryOver(options))
  return startPostgres(options)
}

/** The owner's URL, and whether a server answers there; starts nothing. */
export async function findPostgres(
  folder: string,
  databaseUrl: string | undefined,
): Promise<{ url: string; running: boolean }> {
  if (databaseUrl) return { url: databaseUrl, running: true }
  const running = await adoptPostgres(folder)
  return { url: running?.ownerUrl ?? socketUrl(socketFolder(folder)), running: running !== undefined }
}
