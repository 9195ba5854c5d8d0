import { rmSync } from 'node:fs'
import { adoptPostgres } from '../postgres/adopt.ts'
import { removeHalfMade } from '../postgres/cluster.ts'
import { type PostgresOptions, startPostgres } from '../postgres/embedded.ts'
import { carriedFolder, finishCarrying } from '../postgres/old.ts'
import { renameForGood } from '../rename.ts'
import { backUp } from './backup.ts'
import { restore } from './restore.ts'
import { appliedMigrations, connectOwner } from './tables.ts'

/**
 * Carries the store of a stopped cluster into a new one, which takes its place; the old one stays beside it under another
 * name. Answers with a sentence that says so, or why all is as before. Killed at any instant it leaves the old store in its
 * place, or, with that place empty, a whole new one for `finishCarrying`.
 */
export async function carryOver(options: PostgresOptions): Promise<string> {
  const { folder, log } = options
  const making = `${folder}.carrying`
  log?.('carrying the data into a new database')
  try {
    for (const left of [making, carriedFolder(folder)]) await removeCluster(left)
    const rows = await carry(options, making)
    renameForGood(making, carriedFolder(folder))
    const kept = `${folder}.before-${Temporal.Now.instant().toString({ smallestUnit: 'second' }).replaceAll(/[-:]/g, '')}`
    renameForGood(folder, kept)
    finishCarrying(folder)
    removeHalfMade(making)
    return (
      'The database was made by an older Portico, whose searches know no letters beyond ASCII. ' +
      `It was carried into a new one with all of its ${rows} rows; the old one stays in ${kept} until you remove it.`
    )
  } catch (error) {
    finishCarrying(folder)
    await removeCluster(making).catch(() => undefined)
    return (
      `The database in ${folder} should be carried into a new one, whose searches know letters beyond ASCII. ` +
      `That failed, it goes on as it is, and the next start tries again. ${error instanceof Error ? error.message : error}`
    )
  }
}

/** The old server listens where no client of the store knows it, so nothing is written there meanwhile. */
async function carry(options: PostgresOptions, making: string): Promise<number> {
  const old = await startPostgres({ ...options, apart: true })
  try {
    const made = await startPostgres({ ...options, folder: making })
    try {
      return (await isStore(old.ownerUrl)) ? (await restore(made.ownerUrl, backUp(old.ownerUrl))).rows : 0
    } finally {
      await made.stop()
    }
  } finally {
    await old.stop()
  }
}

async function isStore(ownerUrl: string): Promise<boolean> {
  const client = await connectOwner(ownerUrl, 'carry')
  try {
    return (await appliedMigrations(client)).length > 0
  } finally {
    await client.end()
  }
}

async function removeCluster(folder: string): Promise<void> {
  await (await adoptPostgres(folder))?.stop()
  rmSync(folder, { recursive: true, force: true })
}
