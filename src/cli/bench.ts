import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { cloneFolder } from '../platform/child.ts'

export const usage = `
portico bench NAME [--full]   one of bench/: what is measured, with its ratio and its goal; without a name, lists them
`

export async function run(args: string[]): Promise<number> {
  const clone = cloneFolder()
  const child = spawn(process.execPath, [join(clone, 'bin', 'bench.mjs'), ...args], { cwd: clone, stdio: 'inherit' })
  const [code] = await once(child, 'exit')
  return typeof code === 'number' ? code : 1
}
