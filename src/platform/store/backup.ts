import { createHash } from 'node:crypto'
import pg from 'pg'
import { Trouble } from '../trouble.ts'
import { copyOut } from './copy.ts'
import { CLOSING, lineOf } from './parts.ts'
import { appliedMigrations, connectOwner, listSequences, listTables, queueVersion, type Table } from './tables.ts'

/**
 * The whole store as one text, read in one snapshot as its owner, whom row-level security binds as well: first what has no
 * practice, then one practice after another. A slow reader makes the server wait; nothing is gathered.
 */
export async function* backUp(ownerUrl: string): AsyncGenerator<Buffer> {
  const client = await connectOwner(ownerUrl, 'backup')
  const hash = createHash('sha256')
  const counted = { rows: 0 }
  try {
    for await (const piece of readStore(client, counted)) {
      hash.update(piece)
      yield piece
    }
    yield lineOf({ end: true, rows: counted.rows, sha256: hash.digest('hex') })
  } finally {
    await client.end()
  }
}

async function* readStore(client: pg.Client, counted: { rows: number }): AsyncGenerator<Buffer> {
  await client.query('begin isolation level repeatable read read only')
  const migrations = await appliedMigrations(client)
  if (migrations.length === 0)
    throw new Trouble('There is no store in this database yet, so there is nothing to back up.')
  const taken = Temporal.Now.instant().toString()
  yield lineOf({ portico: 'backup', format: 1, taken, migrations, queue: await queueVersion(client) })
  const tables = await listTables(client)
  const { rows: practices } = await client.query<{ id: string }>('select id from practice.directory order by position')
  for (const table of tables.filter(({ byPractice }) => !byPractice)) yield* readTable(client, table, null, counted)
  for (const { id } of practices) {
    await client.query(
      `select set_config('portico.practice', $1, true), set_config('portico.accounts', '*', true), set_config('portico.patients', '*', true)`,
      [id],
    )
    for (const table of tables.filter(({ byPractice }) => byPractice)) yield* readTable(client, table, id, counted)
  }
  // Counters are no part of a snapshot: read last, they stand behind every row that it holds.
  for (const { name, value, called } of await listSequences(client)) yield lineOf({ sequence: name, value, called })
}

/** The owner sees all practices of some tables, by which a sweep finds its work: so each is asked for by name. */
async function* readTable(
  client: pg.Client,
  { name, columns, isQueue }: Table,
  practice: string | null,
  counted: { rows: number },
): AsyncGenerator<Buffer> {
  yield lineOf({ table: name, practice, columns: [...columns] })
  const where = practice === null ? '' : ` where practice_id = ${pg.escapeLiteral(practice)}`
  if (isQueue) await client.query('set local role portico_queue')
  for await (const piece of copyOut(client, `copy (select ${columns.join(', ')} from ${name}${where}) to stdout`)) {
    for (let at = piece.indexOf(10); at >= 0; at = piece.indexOf(10, at + 1)) counted.rows += 1
    yield piece
  }
  if (isQueue) await client.query('reset role')
  yield CLOSING
}
