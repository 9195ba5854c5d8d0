import { parseArgs } from 'node:util'
import { restoreBackup } from '../platform/backups.ts'
import { readConfig } from '../platform/config.ts'
import { databaseUrls } from '../platform/database-urls.ts'
import { withDatabase } from '../platform/shared-postgres.ts'
import { Trouble } from '../platform/trouble.ts'
import type { Io } from './command.ts'

export const usage = `
portico restore FILE   fills an empty store from a backup: all of it, or nothing

Stop Portico first. A file that is not whole is refused, and so is a store that holds anything. A backup of an older version
is restored as it was; the next start brings it to this version.
`

export async function run(args: string[], io: Io): Promise<number> {
  const [file] = parseArgs({ args, options: {}, allowPositionals: true }).positionals
  if (!file) throw new Trouble('Name the file: portico restore FILE.')
  const config = readConfig()
  const { rows, taken } = await withDatabase(config, owner =>
    restoreBackup(owner, file, databaseUrls(config, owner).passwords),
  )
  io.print(io.json ? JSON.stringify({ file, rows, taken }) : `${rows} rows are here as they were at ${taken}.`)
  return 0
}
