import { parseArgs } from 'node:util'
import { writeBackup } from '../platform/backups.ts'
import { readConfig } from '../platform/config.ts'
import { withDatabase } from '../platform/shared-postgres.ts'
import { Trouble } from '../platform/trouble.ts'
import type { Io } from './command.ts'

export const usage = `
portico backup FILE   writes the whole store into one file, as it is at this moment; the app may run meanwhile

The file is compressed and not encrypted: it holds what people's records hold, and only its owner may read it. Keep
PORTICO_DATA/keys beside it, and what lies in PORTICO_FILES.
`

export async function run(args: string[], io: Io): Promise<number> {
  const [file] = parseArgs({ args, options: {}, allowPositionals: true }).positionals
  if (!file) throw new Trouble('Name the file: portico backup FILE.')
  const { rows } = await withDatabase(readConfig(), owner => writeBackup(owner, file))
  io.print(io.json ? JSON.stringify({ file, rows }) : `${rows} rows are in ${file}.`)
  return 0
}
