import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { spawnChild } from '../../src/main/children.ts'
import { environment } from '../../src/platform/child.ts'
import { until } from './settled.ts'
import type { World } from './world.ts'

export type Process = {
  readonly pid: number
  readonly ended: Promise<Ending>
  signal(name: NodeJS.Signals): void
}

export type Ending = { readonly status: number | null; readonly signal: NodeJS.Signals | null }
export type Ended = Ending & { readonly out: string; readonly said: string }

/** The server program of the newest build, made first where there is none. */
export async function builtEntry(): Promise<string> {
  const { currentBuild, entryOf } = await import('../../bin/builds.mjs')
  return entryOf(currentBuild())
}

/** Starts a program that ends with us, at the latest. */
export function startProcess(name: string, args: string[], env: Record<string, string>, logFolder: string): Process {
  const child = spawnChild({ name, args, env, logFolder })
  const ended = new Promise<Ending>(resolve => child.once('exit', (status, signal) => resolve({ status, signal })))
  return { pid: child.pid ?? 0, ended, signal: name => void child.kill(name) }
}

/** Runs a program to its end. */
export async function runToEnd(args: string[], env: Record<string, string>): Promise<Ended> {
  const child = spawn(process.execPath, args, { env: environment(env), stdio: ['ignore', 'pipe', 'pipe', 'ipc'] })
  const { stdout, stderr } = child
  if (!stdout || !stderr) throw new Error('a command has no pipes')
  const ended = new Promise<Ending>(resolve => child.once('exit', (status, signal) => resolve({ status, signal })))
  const [out, said, ending] = await Promise.all([text(stdout), text(stderr), ended])
  return { ...ending, out, said }
}

/** What the environment of a process says that works in the world of a test. */
export function environmentOf({ config, database }: World, more: Record<string, string> = {}): Record<string, string> {
  return {
    NODE_ENV: '',
    PORTICO_MODE: 'test',
    PORTICO_LIMITS: 'off',
    PORTICO_DATA: config.dataFolder,
    PORTICO_URL: config.url,
    STRIPE_API_BASE: config.stripe.apiBase ?? '',
    STRIPE_JS_URL: config.stripe.jsUrl,
    DATABASE_URL: database.ownerUrl,
    DATABASE_APP_URL: database.appUrl,
    DATABASE_QUEUE_URL: database.queueUrl,
    ...more,
  }
}

/** Starts a command of the build in the world of a test. */
export async function startInWorld(world: World, words: string[], more: Record<string, string>): Promise<Process> {
  const logFolder = join(world.config.dataFolder, 'log')
  return startProcess(words[0] ?? '', [await builtEntry(), ...words], environmentOf(world, more), logFolder)
}

/** Waits until an app process answers. */
export async function untilServing(port: number): Promise<void> {
  await until(async () => ((await isServing(port)) ? true : undefined), `the app on port ${port} answers`)
}

async function isServing(port: number): Promise<boolean> {
  try {
    return (await fetch(`http://127.0.0.1:${port}/readyz`, { signal: AbortSignal.timeout(2000) })).ok
  } catch {
    return false
  }
}
