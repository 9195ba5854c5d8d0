import { existsSync } from 'node:fs'
import pg from 'pg'
import { renameForGood } from '../rename.ts'

/** Whether the store's database was made with the letters of ASCII alone, as Portico did at first. */
export async function isOld(ownerUrl: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: ownerUrl })
  client.on('error', () => undefined)
  await client.connect()
  try {
    const { rows } = await client.query('select datctype from pg_database where datname = current_database()')
    return /^(C|POSIX)$/.test(rows[0]?.datctype)
  } finally {
    await client.end()
  }
}

/** A store carried over whole, whose place is still to be taken. */
export const carriedFolder = (folder: string) => `${folder}.carried`

/** Gives a store that was carried over its place, where a run was killed after the old one had left it. */
export function finishCarrying(folder: string): void {
  if (!existsSync(folder) && existsSync(carriedFolder(folder))) renameForGood(carriedFolder(folder), folder)
}
