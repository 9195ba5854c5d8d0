import { type CompiledQuery, Kysely, type RawBuilder, sql } from 'kysely'
import type pg from 'pg'
import type { Scope } from '../kernel/actor.ts'
import { assert } from '../kernel/refusal.ts'
import { dialectOf, openPool, PgConnection, STALE_PLAN } from './driver.ts'
import { codeOf } from './trouble.ts'

/** Rows are typed where they are read (`sql<Row>`): one noun file per table knows its columns. */
// biome-ignore lint/complexity/noBannedTypes: queries are written in SQL; the query builder's table map stays empty
type Tables = {}

/** A pool of connections as portico_app. Reads and writes happen in a Tx alone, because every transaction has a scope. */
export type Db = { readonly pool: pg.Pool; readonly kysely: Kysely<Tables> }

declare const inTransaction: unique symbol
/** One open transaction, seeing what its scope lets it see. */
export type Tx = Kysely<Tables> & { readonly [inTransaction]: true }

/** Opens a pool; connections are made when needed. */
export function openDatabase(url: string, { size = 10, name = 'portico' }: { size?: number; name?: string } = {}): Db {
  const pool = openPool(url, { size, name })
  return { pool, kysely: new Kysely<Tables>({ dialect: dialectOf(pool) }) }
}

export async function closeDatabase(db: Db): Promise<void> {
  await db.kysely.destroy()
}

/**
 * Runs work in one transaction with this scope and commits it. READ COMMITTED; a serialization failure or deadlock is
 * tried again with the same ids (reliability 8), so work must do nothing outside the transaction.
 */
export async function transact<T>(db: Db, scope: Scope, work: (tx: Tx) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await once(db, scope, work)
    } catch (error) {
      if (attempt >= 5 || !isRetryable(error)) throw error
      await new Promise(resolve => setTimeout(resolve, Math.random() * 20 * 2 ** attempt))
    }
  }
}

async function once<T>(db: Db, scope: Scope, work: (tx: Tx) => Promise<T>): Promise<T> {
  return db.kysely.connection().execute(async session => {
    const tx = session as Tx
    const connection = await open(tx)
    // Sent ahead of the first query in one message; if it failed, every table would refuse the queries behind it.
    const begun = connection.command(`begin; ${settings(scope)}`)
    begun.catch(() => undefined)
    try {
      const result = await work(tx)
      const ending = connection.end()
      await begun
      await connection.written()
      assert((await ending) === 'COMMIT', 'a transaction that failed inside was not committed')
      return result
    } catch (error) {
      await connection.command('rollback').catch(() => undefined)
      // What PostgreSQL says to everything that comes after a failed statement is not the reason.
      if (codeOf(error) === '25P02') await connection.written()
      throw error
    }
  })
}

/** Independent reads in a transaction of their own: one round trip for opening, reads and end. */
export async function readOnce<const Q extends Queries>(db: Db, scope: Scope, queries: Q): Promise<RowsOf<Q>> {
  return transact(db, scope, tx => lastBatch(tx, queries))
}

/** Narrows the rest of a transaction, as the gate does when it has learned who is asking. It goes out with what follows; where it fails, the transaction does. */
export function narrow(tx: Tx, scope: Scope): void {
  connectionOf(tx).sendCommand(settings(scope))
}

/**
 * Sends a write whose answer nobody needs: it goes out with what follows it, in order. Where it fails, the transaction does,
 * and the error is its own.
 */
export async function write(tx: Tx, query: RawBuilder<unknown> | CompiledQuery): Promise<void> {
  connectionOf(tx).send('compile' in query ? query.compile(tx) : query)
}

type Queries = readonly RawBuilder<unknown>[]
export type RowsOf<Q extends Queries> = { [K in keyof Q]: Q[K] extends RawBuilder<infer Row> ? Row[] : never }

/** Sends queries together: one round trip for all of them, each seeing what those before it did and waited for. */
export async function batch<const Q extends Queries>(tx: Tx, queries: Q): Promise<RowsOf<Q>> {
  const connection = connectionOf(tx)
  const results = await Promise.all(queries.map(query => connection.executeQuery(query.compile(tx))))
  return results.map(result => result.rows) as RowsOf<Q>
}

/** The last that is asked of a transaction, as a page's own reads are: its end goes out in the same message. */
export async function lastBatch<const Q extends Queries>(tx: Tx, queries: Q): Promise<RowsOf<Q>> {
  const found = batch(tx, queries)
  connectionOf(tx).end()
  return found
}

/** All rows of a query. */
export async function rows<Row>(tx: Tx, query: RawBuilder<Row>): Promise<Row[]> {
  return (await connectionOf(tx).executeQuery<Row>(query.compile(tx))).rows
}

/** The row of a query that has at most one. */
export async function maybe<Row>(tx: Tx, query: RawBuilder<Row>): Promise<Row | undefined> {
  const found = await rows(tx, query)
  assert(found.length <= 1, 'a query for one row found several')
  return found[0]
}

/** The row of a query that has exactly one. */
export async function one<Row>(tx: Tx, query: RawBuilder<Row>): Promise<Row> {
  const found = await maybe(tx, query)
  assert(found !== undefined, 'a query for one row found none')
  return found
}

/** How many rows a statement changed. */
export async function changed(tx: Tx, query: RawBuilder<unknown>): Promise<number> {
  return Number((await connectionOf(tx).executeQuery(query.compile(tx))).numAffectedRows ?? 0n)
}

/** A list for `= any (…)`. */
export function list(values: readonly string[]) {
  return sql`${values}::text[]`
}

/** A column of `unnested`: its type in PostgreSQL and how it is read of an item. */
type Column<T> = readonly [
  type: 'text' | 'bigint' | 'integer' | 'boolean' | 'date' | 'jsonb',
  read: (item: T) => unknown,
]

/**
 * Items as rows of a query, `n` counting them from 1: one parameter a column however many items there are, because PostgreSQL
 * counts a statement's parameters in 16 bits.
 */
export function unnested<T>(name: string, items: readonly T[], columns: Readonly<Record<string, Column<T>>>) {
  const arrays = Object.values(columns).map(([type, read]) => sql`${items.map(read)}::${sql.raw(type)}[]`)
  return sql`unnest(${sql.join(arrays)}) with ordinality as ${sql.raw(`${name} (${Object.keys(columns).join(', ')}, n)`)}`
}

function settings(scope: Scope): string {
  const pairs = [
    ['portico.practice', scope.practice],
    ['portico.accounts', listed(scope.accounts)],
    ['portico.patients', listed(scope.patients)],
  ] as const
  return `select ${pairs.map(([name, value]) => `set_config('${name}', ${quoted(value)}, true)`).join(', ')}`
}

function listed(ids: '*' | readonly string[]): string {
  if (ids === '*') return '*'
  assert(
    ids.every(id => /^[a-z]+_[0-9a-z]+$/.test(id)),
    'a scope lists ids',
  )
  return ids.length ? ids.join(',') : 'none'
}

function quoted(value: string): string {
  assert(/^[\w*,]+$/.test(value), 'a transaction setting is an id, a list of ids, none or *')
  return `'${value}'`
}

function isRetryable(error: unknown): boolean {
  const code = codeOf(error)
  return code === '40001' || code === '40P01' || code === STALE_PLAN
}

/** What PostgreSQL says when a unique constraint of this name stops a row. */
export function breaksUnique(error: unknown, constraint: string): boolean {
  const fault = error as { code?: unknown; constraint?: unknown } | null
  return fault?.code === '23505' && fault.constraint === constraint
}

const connections = new WeakMap<Tx, PgConnection>()

/** Kysely lends a connection to one query after another; ours is used directly, so that several may be on their way. */
async function open(tx: Tx): Promise<PgConnection> {
  return tx.getExecutor().provideConnection(async connection => {
    assert(connection instanceof PgConnection, 'transactions run on our own driver')
    connections.set(tx, connection)
    return connection
  })
}

function connectionOf(tx: Tx): PgConnection {
  const connection = connections.get(tx)
  assert(connection, 'transactions are opened by transact()')
  return connection
}
