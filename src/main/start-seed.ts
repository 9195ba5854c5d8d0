import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { environment } from '../platform/child.ts'
import { Trouble } from '../platform/trouble.ts'
import type { Progress } from './progress.ts'

/** Runs `portico seed --json`, which fills an empty database and answers with the lines to show when all is ready. */
export async function seedDemo(args: string[], env: Record<string, string>, progress: Progress): Promise<string[]> {
  const child = spawn(process.execPath, args, { env: environment(env), stdio: ['ignore', 'pipe', 'pipe', 'ipc'] })
  const ended = new Promise<number | null>((resolve, reject) => child.once('error', reject).once('close', resolve))
  const said: string[] = []
  const { stdout, stderr } = child
  if (!stdout || !stderr) throw new Error('the seed has no pipes')
  createInterface(stderr).on('line', line => {
    said.push(line)
    progress.note(line)
  })
  const [answer, code] = await Promise.all([text(stdout), ended])
  if (code !== 0) throw new Trouble(`The demo practices could not be made.\n${said.slice(-8).join('\n')}`)
  const { lines }: { lines: string[] } = JSON.parse(answer)
  return lines
}
