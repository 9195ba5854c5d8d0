import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { environment } from '../platform/child.ts'
import { Trouble } from '../platform/trouble.ts'
import type { Progress } from './progress.ts'

/** Runs `portico seed`, which fills an empty database and goes on where a killed one stopped. */
export async function seedDemo(args: string[], env: Record<string, string>, progress: Progress): Promise<void> {
  const child = spawn(process.execPath, args, { env: environment(env), stdio: ['ignore', 'ignore', 'pipe', 'ipc'] })
  const ended = new Promise<number | null>((resolve, reject) => child.once('error', reject).once('close', resolve))
  const said: string[] = []
  if (!child.stderr) throw new Error('the seed has no pipe')
  createInterface(child.stderr).on('line', line => {
    said.push(line)
    progress.note(line)
  })
  if ((await ended) !== 0) throw new Trouble(`The demo practices could not be made.\n${said.slice(-8).join('\n')}`)
}
