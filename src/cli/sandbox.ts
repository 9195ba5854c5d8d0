import { once } from 'node:events'
import { spawnChild } from '../main/children.ts'
import { sandboxPlan } from '../main/sandbox.ts'
import { readConfig } from '../platform/config.ts'

export const usage = `
portico sandbox

Listens on SANDBOX_PORT, keeps its store in PORTICO_DATA/sandbox, and calls the app's webhook on PORT.
`

export async function run(): Promise<number> {
  const config = readConfig()
  const child = spawnChild({ ...sandboxPlan(config), logFolder: undefined })
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill(signal))
  const [code] = await once(child, 'exit')
  return typeof code === 'number' ? code : 0
}
