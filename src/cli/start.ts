import { start } from '../main/start.ts'
import { readConfig } from '../platform/config.ts'

export const usage = `
portico start

Ctrl-C stops everything. Its settings are read from the environment; README lists them.
`

export async function run(): Promise<number> {
  return await start(readConfig())
}
