import type pg from 'pg'
import { listMigrations, migrate, type RolePasswords } from '../migrate.ts'
import { Trouble } from '../trouble.ts'
import { copyIn } from './copy.ts'
import { broken, type Head, type Part, readParts, type Section, type Sequence } from './parts.ts'
import { appliedMigrations, connectOwner, listTables, queueVersion, type Table } from './tables.ts'

/**
 * Fills an empty store from a backup, in one transaction: what is cut off, altered or does not fit leaves nothing behind. A
 * database without tables is migrated to the backup's version first. Refuses a store that holds anything, and a version that
 * this program does not know.
 */
export async function restore(
  ownerUrl: string,
  source: AsyncIterable<Uint8Array>,
  passwords?: RolePasswords,
): Promise<{ rows: number; taken: string }> {
  const parts = readParts(source)
  const client = await connectOwner(ownerUrl, 'restore')
  try {
    const head = headOf((await parts.next()).value)
    await refuseOtherStore(client, head)
    await migrate(ownerUrl, undefined, passwords, head.migrations.at(-1)?.name)
    await refuseOtherQueue(client, head)
    await client.query('begin')
    const rows = await fill(client, parts)
    await client.query('commit')
    await client.query('analyze')
    return { rows, taken: head.taken }
  } finally {
    await parts.return(undefined)
    await client.end()
  }
}

function headOf(part: Part | undefined): Head {
  if (part && 'portico' in part) return part
  throw broken()
}

async function refuseOtherStore(client: pg.Client, { migrations }: Head): Promise<void> {
  const known = listMigrations()
  const isKnown = migrations.every(({ name, sha256 }, n) => known[n]?.name === name && known[n].sha256 === sha256)
  if (!isKnown || migrations.length === 0)
    throw new Trouble(
      'This backup was made by another version of Portico: restore it with that one, then start this one.',
    )
  const here = await appliedMigrations(client)
  if (here.length > 0)
    await refuseFilled(
      client,
      (await listTables(client)).filter(({ byPractice }) => !byPractice),
    )
  if (here.length > migrations.length)
    throw new Trouble(
      `The store here is newer than the backup, whose last migration is ${migrations.at(-1)?.name}. ` +
        'Restore into a database without tables: the next start brings what was restored to this version.',
    )
}

async function refuseFilled(client: pg.Client, tables: readonly Table[]): Promise<void> {
  for (const { name, isQueue } of tables) {
    if (isQueue || (await client.query(`select from ${name} limit 1`)).rowCount === 0) continue
    throw new Trouble(
      `This store is not empty (${name} has rows), and a backup is restored into an empty one alone. ` +
        'Name another folder in PORTICO_DATA, or another database in DATABASE_URL.',
    )
  }
}

async function refuseOtherQueue(client: pg.Client, { queue }: Head): Promise<void> {
  const here = await queueVersion(client)
  if (here === queue) return
  throw new Trouble(
    `The queue of this backup is of version ${queue}, here it is ${here}: restore it with the Portico that made it, then start this one.`,
  )
}

/**
 * The owner is let past its own policies and triggers until the transaction ends, and nobody else gets in meanwhile. COPY
 * cannot write through row-level security, and what a trigger would add is in the backup already.
 */
async function fill(client: pg.Client, parts: AsyncIterable<Part>): Promise<number> {
  const tables = await listTables(client)
  const owned = tables.filter(({ isQueue }) => !isQueue)
  const later = await laterParts(client)
  for (const { name } of owned)
    await client.query(`alter table ${name} no force row level security; alter table ${name} disable trigger user`)
  await refuseFilled(client, owned)
  for (const { drop } of later.toReversed()) await client.query(drop)
  let rows = 0
  for await (const part of parts) {
    if ('table' in part) rows += await fillTable(client, tables, part)
    else if ('sequence' in part) await setSequence(client, part)
    else if (!('end' in part) || part.rows !== rows) throw broken()
  }
  for (const { make } of later) await client.query(make)
  for (const { name, isForced } of owned)
    await client.query(
      `alter table ${name} enable trigger user${isForced ? `; alter table ${name} force row level security` : ''}`,
    )
  return rows
}

/** Foreign keys and indexes, without which rows go in several times as fast; made again they look at each table once, indexes first. */
async function laterParts(client: pg.Client): Promise<{ drop: string; make: string }[]> {
  const owned = `relkind in ('r', 'p') and relowner = (select oid from pg_roles where rolname = current_user) and relnamespace <> to_regnamespace('pgboss')`
  const { rows } = await client.query<{ drop: string; make: string }>(
    `select format('drop index %s', i.indexrelid::regclass) as drop, pg_get_indexdef(i.indexrelid) as make, 1 as turn
      from pg_index i join pg_class c on c.oid = i.indrelid
      where ${owned} and not exists (select from pg_constraint k where k.conindid = i.indexrelid)
     union all select format('alter table %s drop constraint %I', k.conrelid::regclass, conname),
      format('alter table %s add constraint %I %s', k.conrelid::regclass, conname, pg_get_constraintdef(k.oid)), 2
      from pg_constraint k join pg_class c on c.oid = k.conrelid where ${owned} and contype = 'f'
     order by turn, drop`,
  )
  return rows
}

async function fillTable(
  client: pg.Client,
  tables: readonly Table[],
  { table, columns, data }: Section & { data: AsyncIterable<Buffer> },
): Promise<number> {
  const known = tables.find(({ name }) => name === table)
  if (!known || !columns.every(column => known.columns.includes(column))) throw broken()
  const copy = () => copyIn(client, `copy ${known.name} (${columns.join(', ')}) from stdin`, data)
  if (!known.isQueue) return copy()
  await client.query('set local role portico_queue')
  // A worker that ran on the empty store queued the day's work, which the backup has too.
  await client.query(`delete from ${known.name}`)
  const rows = await copy()
  await client.query('reset role')
  return rows
}

async function setSequence(client: pg.Client, { sequence, value, called }: Sequence): Promise<void> {
  await client.query('select setval($1::regclass, $2, $3)', [sequence, value, called])
}
