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
  return db.kysely.connection().execute(async session => {
    const tx = session as Tx
    const connection = await open(tx)
    // Sent ahead of the first query in one message; if it failed, every table would refuse the queries behind it.
    const begun = connection.command(`begin; ${settings(scope)}`)
    begun.catch(() => undefined)
    try {
      const result = await work(tx)
      const ending = connection.command('commit')
      ending.catch(() => undefined)
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
  return db.kysely.connection().execute(async session => {
    const tx = session as Tx
    const connection = await open(tx)
    const sent = [
      connection.command(`begin read only; ${settings(scope)}`),
      batch(tx, queries),
      connection.command('commit'),
    ] as const
    await Promise.allSettled(sent)
    await sent[0]
    return sent[1]
  })
}

/** Narrows the rest of a transaction, as the gate does when it has learned who is asking; rows that must stand beside it go in the same message. */
export async function narrow(tx: Tx, scope: Scope, alongside: readonly RawBuilder<unknown>[] = []): Promise<void> {
  const connection = connectionOf(tx)
  await Promise.all([
    connection.command(settings(scope)),
    ...alongside.map(query => connection.executeQuery(query.compile(tx))),
  ])
}

/**
 * Sends a write whose answer nobody needs: it goes out with what follows it, in order. Where it fails, the transaction does,
 * and the error is its own.
 */
export async function write(tx: Tx, query: RawBuilder<unknown> | CompiledQuery): Promise<void> {
  connectionOf(tx).send('compile' in query ? query.compile(tx) : query)
}

type Queries = readonly RawBuilder<unknown>[]
type RowsOf<Q extends Queries> = { [K in keyof Q]: Q[K] extends RawBuilder<infer Row> ? Row[] : never }

/** Sends queries together: one round trip for all of them, each seeing what those before it did and waited for. */
export async function batch<const Q extends Queries>(tx: Tx, queries: Q): Promise<RowsOf<Q>> {
  const connection = connectionOf(tx)
  const results = await Promise.all(queries.map(query => connection.executeQuery(query.compile(tx))))
  return results.map(result => result.rows) as RowsOf<Q>
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

function codeOf(error: unknown): unknown {
  return (error as { code?: unknown } | null)?.code
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
  readonly #sent: Promise<unknown>[] = []
  broken = false
  constructor(client: pg.PoolClient) {
    this.client = client
  }
  /** Runs a text without parameters, of one statement or several; answers what its last one was. */
  async command(text: string): Promise<string | undefined> {
    gatherWrites(this.client)
    const result: pg.QueryResult | pg.QueryResult[] = await this.client.query(text)
    return (Array.isArray(result) ? result.at(-1) : result)?.command
  }
  send(query: CompiledQuery): void {
    const sent = this.executeQuery(query)
    sent.catch(() => undefined)
    this.#sent.push(sent)
  }
  /** Waits for the answers of what was only sent; the first that failed is the reason. */
  async written(): Promise<void> {
    for (const sent of this.#sent) await sent
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
