import type { Writable } from 'node:stream'
import {
  type CompiledQuery,
  type DatabaseConnection,
  type Driver,
  Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type QueryResult,
  type RawBuilder,
  sql,
} from 'kysely'
import pg from 'pg'
import type { Scope } from '../kernel/actor.ts'
import { assert } from '../kernel/refusal.ts'

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
  const pool = new pg.Pool({
    connectionString: url,
    max: size,
    application_name: name,
    pipeline: true,
    types: { getTypeParser },
    options: '-c timezone=UTC -c statement_timeout=30000 -c idle_in_transaction_session_timeout=60000',
    idleTimeoutMillis: 60_000,
    connectionTimeoutMillis: 10_000,
  } as pg.PoolConfig)
  pool.on('error', () => undefined) // an idle connection that PostgreSQL closed is replaced at the next use
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
  return db.kysely.connection().execute(async connection => {
    const tx = connection as Tx
    // Sent ahead of the first query in one message; if it failed, every table would refuse the queries behind it.
    const begun = command(tx, `begin; ${settings(scope)}`)
    begun.catch(() => undefined)
    try {
      const result = await work(tx)
      const ending = command(tx, 'commit')
      ending.catch(() => undefined)
      await begun
      await written(tx)
      const [ended] = await ending
      assert(ended?.command === 'COMMIT', 'a transaction that failed inside was not committed')
      return result
    } catch (error) {
      await command(tx, 'rollback').catch(() => undefined)
      if (isAftermath(error)) await written(tx)
      throw error
    }
  })
}

/** Narrows the rest of a transaction, as the gate does when it has learned who is asking; rows that must stand beside it go in the same message. */
export async function narrow(tx: Tx, scope: Scope, alongside: readonly RawBuilder<unknown>[] = []): Promise<void> {
  await tx.getExecutor().provideConnection(async connection => {
    assert(connection instanceof PgConnection, 'transactions run on our own driver')
    await Promise.all([
      connection.client.query(settings(scope)),
      ...alongside.map(query => connection.executeQuery(query.compile(tx))),
    ])
  })
}

/**
 * Sends a write whose answer nobody needs: it goes out with what follows it, in order. Where it fails, the transaction does,
 * and the error is its own.
 */
export async function write(tx: Tx, query: RawBuilder<unknown> | CompiledQuery): Promise<void> {
  await tx.getExecutor().provideConnection(async connection => {
    assert(connection instanceof PgConnection, 'transactions run on our own driver')
    const sent = connection.executeQuery('compile' in query ? query.compile(tx) : query)
    sent.catch(() => undefined)
    connection.sent.push(sent)
  })
}

/** Waits for the answers of what was only sent; the first that failed is the reason. */
async function written(tx: Tx): Promise<void> {
  await tx.getExecutor().provideConnection(async connection => {
    assert(connection instanceof PgConnection, 'transactions run on our own driver')
    for (const sent of connection.sent) await sent
  })
}

/** Sends independent reads together: one round trip for all of them. */
export async function batch<const Q extends readonly RawBuilder<unknown>[]>(
  tx: Tx,
  queries: Q,
): Promise<{ [K in keyof Q]: Q[K] extends RawBuilder<infer Row> ? Row[] : never }> {
  const executor = tx.getExecutor()
  const results = await executor.provideConnection(connection =>
    Promise.all(queries.map(query => connection.executeQuery(query.compile(tx)))),
  )
  return results.map(result => result.rows) as { [K in keyof Q]: Q[K] extends RawBuilder<infer Row> ? Row[] : never }
}

/** All rows of a query. */
export async function rows<Row>(tx: Tx, query: RawBuilder<Row>): Promise<Row[]> {
  return (await query.execute(tx)).rows
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
  return Number((await query.execute(tx)).numAffectedRows ?? 0n)
}

/** A list for `= any (…)`. */
export function list(values: readonly string[]) {
  return sql`${values}::text[]`
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

/** What PostgreSQL says to everything that comes after a failed statement. */
function isAftermath(error: unknown): boolean {
  return (error as { code?: unknown } | null)?.code === '25P02'
}

function isRetryable(error: unknown): boolean {
  const code = (error as { code?: unknown } | null)?.code
  return code === '40001' || code === '40P01' || code === STALE_PLAN
}

/** What PostgreSQL says when a unique constraint of this name stops a row. */
export function breaksUnique(error: unknown, constraint: string): boolean {
  const fault = error as { code?: unknown; constraint?: unknown } | null
  return fault?.code === '23505' && fault.constraint === constraint
}

async function command(tx: Tx, text: string): Promise<pg.QueryResult[]> {
  return tx.getExecutor().provideConnection(async connection => {
    assert(connection instanceof PgConnection, 'transactions run on our own driver')
    gatherWrites(connection.client)
    const result: unknown = await connection.client.query(text)
    return (Array.isArray(result) ? result : [result]) as pg.QueryResult[]
  })
}

/** The smallest driver: transactions are opened by `transact` alone, so Kysely's own are refused. */
class PgDriver implements Driver {
  readonly #pool: pg.Pool
  constructor(pool: pg.Pool) {
    this.#pool = pool
  }
  async init() {}
  async acquireConnection(): Promise<DatabaseConnection> {
    return new PgConnection(await this.#pool.connect())
  }
  async releaseConnection(connection: PgConnection): Promise<void> {
    connection.client.release(connection.broken)
  }
  async beginTransaction(): Promise<void> {
    throw new Error('broken promise: transactions are opened by transact(), with a scope')
  }
  async commitTransaction(): Promise<void> {}
  async rollbackTransaction(): Promise<void> {}
  async destroy(): Promise<void> {
    await this.#pool.end()
  }
}

class PgConnection implements DatabaseConnection {
  readonly client: pg.PoolClient
  readonly sent: Promise<unknown>[] = []
  broken = false
  constructor(client: pg.PoolClient) {
    this.client = client
  }
  async executeQuery<Row>(query: CompiledQuery): Promise<QueryResult<Row>> {
    try {
      const name = statementName(query.sql)
      const values = query.parameters.map(toParameter)
      gatherWrites(this.client)
      const result = await this.client.query(name ? { name, text: query.sql, values } : { text: query.sql, values })
      return { rows: result.rows, numAffectedRows: BigInt(result.rowCount ?? 0) }
    } catch (error) {
      // Not an answer of PostgreSQL but a lost connection, or a plan older than a migration: never back into the pool.
      if (!(error instanceof pg.DatabaseError) || error.code === STALE_PLAN) this.broken = true
      throw error
    }
  }
  // biome-ignore lint/correctness/useYield: streams are read with keyset pages, not cursors
  async *streamQuery<Row>(): AsyncIterableIterator<QueryResult<Row>> {
    throw new Error('broken promise: reads are paged by key')
  }
}

/** What one turn of the event loop sends goes out as one write: a transaction's opening with its first queries, a whole batch. */
function gatherWrites(client: pg.PoolClient): void {
  const { stream } = (client as unknown as { connection: { stream: Writable } }).connection
  stream.cork()
  process.nextTick(() => stream.uncork())
}

const STALE_PLAN = '0A000'
const MOST_STATEMENTS = 500
const LONGEST_STATEMENT = 4_000
const statements = new Map<string, string>()

/**
 * The name under which a connection keeps a statement parsed and planned: with row-level security planning costs more than
 * the work (measured). Texts that come in endless shapes, such as many rows in one insert, stay unnamed.
 */
function statementName(text: string): string | undefined {
  const known = statements.get(text)
  if (known || statements.size >= MOST_STATEMENTS || text.length > LONGEST_STATEMENT) return known
  const name = `s${statements.size}`
  statements.set(text, name)
  return name
}

function toParameter(value: unknown): unknown {
  return value instanceof Temporal.Instant || value instanceof Temporal.PlainDate ? value.toString() : value
}

function dialectOf(pool: pg.Pool) {
  return {
    createAdapter: () => new PostgresAdapter(),
    createDriver: () => new PgDriver(pool),
    createIntrospector: (db: Kysely<unknown>) => new PostgresIntrospector(db),
    createQueryCompiler: () => new PostgresQueryCompiler(),
  }
}

// Set once: int8 as bigint, date and timestamptz as Temporal values; the rest as pg reads it.
const PARSERS: Record<number, (text: string) => unknown> = {
  20: BigInt,
  1082: text => Temporal.PlainDate.from(text),
  1184: text => Temporal.Instant.from(`${text.replace(' ', 'T')}`),
}

function getTypeParser(oid: number, format?: 'text' | 'binary') {
  if (format !== 'binary') {
    const parser = PARSERS[oid]
    if (parser) return parser
  }
  return pg.types.getTypeParser(oid, format)
}
