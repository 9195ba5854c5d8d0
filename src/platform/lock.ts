import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as pause } from 'node:timers/promises'
import { codeOf } from './trouble.ts'

export type Lock = { release(): void }

/*
 * Node has no flock. SQLite takes the operating system's own file locks, exclusive ones and shared ones, and those end
 * with the process that holds them, however it ends: nothing stale can stay behind. The file stays empty.
 */

/** The lock, or undefined when another holder, in this process or any other, does not let it be taken now. */
export function tryLock(path: string, kind: 'exclusive' | 'shared' = 'exclusive'): Lock | undefined {
  mkdirSync(dirname(path), { recursive: true })
  const file = new DatabaseSync(path, { timeout: 0 })
  try {
    file.exec(
      `pragma journal_mode = memory; ${kind === 'exclusive' ? 'begin exclusive' : 'begin; select 1 from sqlite_schema'}`,
    )
    return { release: () => file.close() }
  } catch (error) {
    file.close()
    if (/locked|busy/.test(String(error)) || codeOf(error) === 'SQLITE_BUSY') return undefined
    throw error
  }
}

/** The lock, as soon as it is free. */
export async function lockFile(path: string, kind: 'exclusive' | 'shared' = 'exclusive'): Promise<Lock> {
  for (;;) {
    const lock = tryLock(path, kind)
    if (lock) return lock
    await pause(20)
  }
}

export async function withLock<T>(path: string, work: () => Promise<T>): Promise<T> {
  const lock = await lockFile(path)
  try {
    return await work()
  } finally {
    lock.release()
  }
}
