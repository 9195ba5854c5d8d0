import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { type Lock, tryLock } from '../platform/lock.ts'
import { commandOf } from '../platform/postgres/postmaster.ts'
import { folderTrouble, Trouble } from '../platform/trouble.ts'

/** What a run writes down for the next one, in `PORTICO_DATA/run.json`. */
export type Run = { pid: number; stopping: boolean; children: Record<string, number> }

/** Makes the data folder this run's own, or says who has it. A run that is just ending is waited for. */
export async function takeFolder(folder: string): Promise<Lock> {
  makeFolder(folder)
  const patience = { busy: Date.now() + 1000, stopping: Date.now() + 30_000 }
  for (;;) {
    const lock = tryLock(join(folder, 'run.lock'))
    if (lock) return lock
    const run = readRun(folder)
    if (Date.now() > (run?.stopping ? patience.stopping : patience.busy)) {
      const who = run ? ` (process ${run.pid})` : ''
      throw new Trouble(`Portico runs on ${folder} already${who}. Stop it, or name another folder in PORTICO_DATA.`)
    }
    await pause(50)
  }
}

/** Root lets other users pass, because its database runs as one of them; what is inside keeps to itself. */
function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true, mode: process.getuid?.() === 0 ? 0o711 : 0o700 })
  } catch (error) {
    throw folderTrouble(error, folder)
  }
}

/** Waits for the processes of a run that was killed: they end by themselves, and are ended when they do not. */
export async function clearLeftovers(folder: string): Promise<void> {
  const pids = Object.values(readRun(folder)?.children ?? {})
  const until = Date.now() + 2000
  for (const pid of pids) {
    while (isOurs(pid) && Date.now() < until) await pause(10)
    if (isOurs(pid)) process.kill(pid, 'SIGKILL')
    while (isOurs(pid)) await pause(10)
  }
}

function isOurs(pid: number): boolean {
  return /portico[.]js|sandbox.main[.]ts/.test(commandOf(pid))
}

function readRun(folder: string): Run | undefined {
  const path = join(folder, 'run.json')
  if (!existsSync(path)) return undefined
  return JSON.parse(readFileSync(path, 'utf8'))
}

/** After an orderly end nothing is left to take over. */
export function removeRun(folder: string): void {
  rmSync(join(folder, 'run.json'), { force: true })
}

export function writeRun(folder: string, run: Run): void {
  const making = join(folder, 'run.json.new')
  writeFileSync(making, JSON.stringify(run))
  renameSync(making, join(folder, 'run.json'))
}
