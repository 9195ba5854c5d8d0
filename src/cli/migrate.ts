import { parseArgs } from 'node:util'
import { readConfig } from '../platform/config.ts'
import { databaseUrls } from '../platform/database-urls.ts'
import { migrate } from '../platform/migrate.ts'
import { withDatabase } from '../platform/shared-postgres.ts'
import { Trouble } from '../platform/trouble.ts'
import type { Io } from './command.ts'

export const usage = `
portico migrate [--new-passwords]   brings the database to this version: roles, tables, queue; forward only, safe to repeat

  --new-passwords   gives portico_app and portico_queue the passwords in PORTICO_DATA/keys, where others made them
`

export async function run(args: string[], io: Io): Promise<number> {
  const { values } = parseArgs({ args, options: { 'new-passwords': { type: 'boolean', default: false } } })
  const config = readConfig()
  return withDatabase(config, async owner => {
    const applied: string[] = []
    const urls = databaseUrls(config, owner)
    if (values['new-passwords'] && !urls.passwords)
      throw new Trouble(
        'There are no passwords of ours here: the built-in database needs none, and those in DATABASE_APP_URL and DATABASE_QUEUE_URL are yours to set.',
      )
    const passwords = urls.passwords && { ...urls.passwords, renew: values['new-passwords'] }
    await migrate(urls.owner, name => applied.push(name), passwords)
    if (io.json) io.print(JSON.stringify({ applied }))
    else for (const line of applied.length > 0 ? applied : ['The database is up to date.']) io.print(line)
    return 0
  })
}
