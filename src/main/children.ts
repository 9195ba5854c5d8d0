import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, mkdirSync, openSync, readFileSync, renameSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { environment } from '../platform/child.ts'

export type ChildPlan = {
  name: string
  /** What Node is to run. */
  args: string[]
  env: Record<string, string>
  /** The folder for what it says; undefined lets it speak where we do, for a service manager to collect. */
  logFolder: string | undefined
}

/** A process that is kept running: started again, each time a little later, when it ends unasked. */
export type Child = {
  name: string
  pid(): number | undefined
  /** How often it has ended unasked. */
  falls(): number
  /** Lets one that was started held go on with these settings, and starts it with them from now on. */
  release(env: Record<string, string>): void
  /** Asks it to end, and ends it when it has not after so many milliseconds. */
  stop(patience: number): Promise<void>
  kill(): void
}

export function keepRunning(given: ChildPlan, changed: () => void): Child {
  let plan = given
  let stopping = false
  let falls = 0
  let wait = 250
  let timer: NodeJS.Timeout | undefined
  let child: ChildProcess
  const start = () => {
    child = spawnChild(plan)
    const born = Date.now()
    const fell = () => {
      if (stopping) return
      falls += 1
      wait = Date.now() - born > 60_000 ? 250 : Math.min(wait * 2, 30_000)
      timer = setTimeout(start, wait)
    }
    child.once('exit', fell)
    if (child.pid === undefined) child.once('error', fell)
    changed()
  }
  start()
  const end = (signal: NodeJS.Signals) => {
    stopping = true
    clearTimeout(timer)
    child.kill(signal)
  }
  return {
    name: plan.name,
    pid: () => child.pid,
    falls: () => falls,
    kill: () => end('SIGKILL'),
    release: env => {
      plan = { ...plan, env }
      if (child.connected) child.send(env, () => {})
    },
    stop: async patience => {
      end('SIGTERM')
      await ended(child, patience)
    },
  }
}

/**
 * A group of its own, so that Ctrl-C in a terminal reaches the supervisor alone, and a channel to it: when the supervisor
 * is gone the channel closes, and the child ends.
 */
export function spawnChild({ name, args, env, logFolder }: ChildPlan): ChildProcess {
  const out = logFolder ? openLog(logFolder, name) : 'inherit'
  const stdio = ['ignore', out, out, 'ipc'] as const
  const child = spawn(process.execPath, args, { env: environment(env), detached: true, stdio: [...stdio] })
  child.on('error', () => {})
  if (typeof out === 'number') closeSync(out)
  return child
}

function openLog(folder: string, name: string): number {
  const path = join(folder, `${name}.log`)
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0
  if (size > 10_000_000) renameSync(path, `${path}.1`)
  return openSync(path, 'a', 0o600)
}

/** The last lines of what a child said, to show when it does not start. */
export function lastWords(folder: string | undefined, name: string): string {
  if (!folder) return ''
  return readFileSync(join(folder, `${name}.log`), 'utf8')
    .trimEnd()
    .split('\n')
    .slice(-8)
    .join('\n')
}

async function ended(child: ChildProcess, patience: number): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return
  const timer = setTimeout(() => child.kill('SIGKILL'), patience)
  await new Promise(resolve => child.once('exit', resolve))
  clearTimeout(timer)
}
