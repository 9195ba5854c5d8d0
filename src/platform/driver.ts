import type { Writable } from 'node:stream'
import {
  type CompiledQuery,
  type DatabaseConnection,
  type Driver,
  type Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type QueryResult,
} from 'kysely'
import pg from 'pg'
import { assert } from '../kernel/refusal.ts'
import { remembered } from '../kernel/remembered.ts'

/** A pool of pipelined connections, each replaced now and then so that what it keeps of plans does not grow old. */
export function openPool(url: string, { size, name }: { size: number; name: string }): pg.Pool {
  const pool = new pg.Pool({
    connectionString: url,
    max: size,
    application_name: name,
    pipeline: true,
    types: { getTypeParser },
    options: '-c timezone=UTC -c statement_timeout=30000 -c idle_in_transaction_session_timeout=60000',
    idleTimeoutMillis: 60_000,
    maxLifetimeSeconds: 600,
    connectionTimeoutMillis: 10_000,
    onConnect: async (client: pg.ClientBase) => void (await client.query(CHOOSE_PLANS)),
  } as pg.PoolConfig)
  pool.on('error', () => undefined) // an idle connection that PostgreSQL closed is replaced at the next use
  return pool
}

/**
 * A kept plan is as good as what PostgreSQL knew when it was made. While a store is so young that its tables were never
 * analyzed, such a plan may walk a whole practice for one row, so each statement is planned anew there.
 */
const CHOOSE_PLANS = `select set_config('plan_cache_mode',
  case when (select reltuples from pg_class where oid = to_regclass('ledger.line')) > 500 then 'auto' else 'force_custom_plan' end, false)`

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

/** One connection while a transaction has it. */
export class PgConnection implements DatabaseConnection {
  readonly client: pg.PoolClient
  readonly #sent: Promise<unknown>[] = []
  #ending: Promise<string | undefined> | undefined
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
    this.#keep(this.executeQuery(query))
  }
  sendCommand(text: string): void {
    this.#keep(this.command(text))
  }
  #keep(sent: Promise<unknown>): void {
    sent.catch(() => undefined)
    this.#sent.push(sent)
  }
  /** Sends the end of the transaction, once; answers what it was: COMMIT, or ROLLBACK when something before it failed. */
  end(): Promise<string | undefined> {
    if (!this.#ending) {
      this.#ending = this.command('commit')
      this.#ending.catch(() => undefined)
    }
    return this.#ending
  }
  /** Waits for the answers of what was only sent; the first that failed is the reason. */
  async written(): Promise<void> {
    for (const sent of this.#sent) await sent
  }
  async executeQuery<Row>(query: CompiledQuery): Promise<QueryResult<Row>> {
    assert(!this.#ending, 'nothing is asked of a transaction after its last reads')
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

export const STALE_PLAN = '0A000'
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
  if (Array.isArray(value)) return value.map(toParameter)
  return value instanceof Temporal.Instant || value instanceof Temporal.PlainDate ? value.toString() : value
}

export function dialectOf(pool: pg.Pool) {
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
  1082: remembered(5_000, (text: string) => Temporal.PlainDate.from(text)),
  1184: text => Temporal.Instant.from(`${text.replace(' ', 'T')}`),
}

function getTypeParser(oid: number, format?: 'text' | 'binary') {
  if (format !== 'binary') {
    const parser = PARSERS[oid]
    if (parser) return parser
  }
  return pg.types.getTypeParser(oid, format)
}
