import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { cloneFolder } from '../platform/child.ts'

export const usage = `
portico bench NAME [--full]   measures one thing beside its reference; without a name it lists what can be measured
`

/** Benches are no part of a build: they run from the sources, as \`npm run bench\` does. */
export async function run(args: string[]): Promise<number> {
  const child = spawn(process.execPath, [join(cloneFolder(), 'bin', 'bench.mjs'), ...args], { stdio: 'inherit' })
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', code => resolve(code ?? 1))
  })
}
