import { readConfig } from '../platform/config.ts'
import { databaseUrls } from '../platform/database-urls.ts'
import { migrate } from '../platform/migrate.ts'
import { withDatabase } from '../platform/shared-postgres.ts'
import type { Io } from './command.ts'

export const usage = `
portico migrate   brings the database to this version: roles, tables, queue; forward only, safe to repeat
`

export async function run(_args: string[], io: Io): Promise<number> {
  const config = readConfig()
  return withDatabase(config, async owner => {
    const applied: string[] = []
    const urls = databaseUrls(config, owner)
    await migrate(urls.owner, name => applied.push(name), urls.passwords)
    io.print(
      io.json ? JSON.stringify({ applied }) : applied.length > 0 ? applied.join('\n') : 'The database is up to date.',
    )
    return 0
  })
}
