import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { codeOf } from '../trouble.ts'

/** What a server writes down about itself in its folder. */
export type Postmaster = { pid: number; socket: string; status: string }

export function readPostmaster(folder: string): Postmaster | undefined {
  const path = join(folder, 'postmaster.pid')
  if (!existsSync(path)) return undefined
  const [pid = '', , , , socket = '', , , status = ''] = readFileSync(path, 'utf8').split('\n')
  return { pid: Number(pid), socket, status: status.trim() }
}

/** True when the process is alive and is the server of this folder, not another one that got the same number. */
export function isPostmasterOf(pid: number, folder: string): boolean {
  const command = commandOf(pid)
  return command.includes('postgres') && command.includes(folder)
}

/**
 * A lock file stops the server from starting while its number belongs to another process, or to a killed server that its
 * parent has not waited for yet. The file also names the shared memory by which PostgreSQL sees sessions that outlived
 * their server, so only the number is replaced, by ours: the server overlooks the number of its parent.
 */
export function disownStale(path: string): void {
  if (!existsSync(path)) return
  const [pid, ...rest] = readFileSync(path, 'utf8').split('\n')
  if (exists(Number(pid))) writeFileSync(path, [process.pid, ...rest].join('\n'))
}

/** True also for a process of another user, and for one that has ended but was not waited for. */
function exists(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return codeOf(error) === 'EPERM'
  }
}

/** Empty for a process that is gone, and for one that has ended but was not waited for. */
export function commandOf(pid: number): string {
  try {
    if (process.platform === 'linux') return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')
    return execFileSync('ps', ['-ww', '-o', 'command=', '-p', String(pid)], { encoding: 'utf8' })
  } catch {
    return ''
  }
}
