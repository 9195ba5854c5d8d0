import { join } from 'node:path'
import { untilAsked } from '../main/until-asked.ts'
import { type Config, readConfig } from '../platform/config.ts'
import { findPostgres, withDatabase } from '../platform/shared-postgres.ts'
import { Trouble } from '../platform/trouble.ts'
import type { Io } from './command.ts'

export const usage = `
portico database url   the owner's address, for psql
portico database run   keeps the embedded server running, without the app, until Ctrl-C
`

export async function run([what]: string[], io: Io): Promise<number> {
  const config = readConfig()
  if (what === 'url') return await printUrl(config, io)
  if (what === 'run') return await keepRunning(config, io)
  throw new Trouble('It is portico database url, or portico database run.')
}

async function printUrl(config: Config, io: Io): Promise<number> {
  const { url, running } = await findPostgres(join(config.dataFolder, 'postgres'), config.databaseUrl)
  if (!running) io.warn('The database is not running now. It runs with the app, or by: portico database run')
  io.print(io.json ? JSON.stringify({ url, running }) : url)
  return 0
}

async function keepRunning(config: Config, io: Io): Promise<number> {
  if (config.databaseUrl) throw new Trouble('DATABASE_URL names a server, and that one is not ours to run.')
  return await withDatabase(config, async url => {
    io.print(io.json ? JSON.stringify({ url, running: true }) : url)
    return await untilAsked(async () => {})
  })
}
