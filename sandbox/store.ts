import { chmodSync, closeSync, existsSync, mkdirSync, openSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { forgetNumbers } from './forget-numbers.ts'

/** The sandbox's own database: one SQLite file that survives the death of the sandbox and of the app. */
export interface Store {
  db: DatabaseSync
  statements: Map<string, StatementSync>
  clockOffset: number
  /** The transaction that requests of this moment share, until it is committed. */
  open: Promise<void> | null
  commit: () => void
}

const SCHEMA = `
  create table if not exists objects (
    seq integer primary key autoincrement,
    id text not null unique,
    account text not null,
    kind text not null,
    created integer not null,
    customer text, payment_intent text, charge text, facet text,
    body text not null,
    hidden text not null
  );
  create index if not exists objects_in_order on objects (kind, account, created);
  create index if not exists objects_open_sessions on objects (created)
    where kind = 'checkout.session' and facet = 'open';
  create index if not exists objects_by_customer on objects (account, kind, customer, created) where customer is not null;
  create index if not exists objects_by_intent on objects (account, kind, payment_intent, created)
    where payment_intent is not null;
  create index if not exists objects_by_charge on objects (account, kind, charge, created) where charge is not null;
  create table if not exists idempotency_keys (
    account text not null, key text not null,
    path text not null, params text not null,
    status integer not null, body text not null, request_id text not null,
    created integer not null,
    primary key (account, key)
  ) without rowid;
  create table if not exists deliveries (
    seq integer primary key autoincrement,
    event text not null, endpoint text not null,
    due_ms integer not null, attempts integer not null default 0, started_ms integer not null
  );
  create index if not exists deliveries_by_due on deliveries (due_ms);
  create table if not exists settings (name text primary key, value text not null) without rowid;
`

export function openStore(folder: string): Store {
  const db = new DatabaseSync(ownFile(folder), { timeout: 5000 })
  db.exec(
    'pragma journal_mode = wal; pragma synchronous = normal; pragma cache_size = -64000; pragma wal_autocheckpoint = 8000',
  )
  db.exec(SCHEMA)
  forgetNumbers(db)
  const store: Store = { db, statements: new Map(), clockOffset: 0, open: null, commit: () => {} }
  store.clockOffset = Number(readSetting(store, 'clock_offset') ?? 0)
  return store
}

/** The store's file, for its owner alone; SQLite gives the files beside it the same mode. */
function ownFile(folder: string): string {
  const file = join(folder, 'sandbox.db')
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  chmodSync(folder, 0o700)
  closeSync(openSync(file, 'a', 0o600))
  for (const one of [file, `${file}-wal`, `${file}-shm`]) if (existsSync(one)) chmodSync(one, 0o600)
  return file
}

export function closeStore(store: Store): void {
  store.commit()
  store.statements.clear()
  store.db.close()
}

/** A prepared statement, made once for each SQL text. */
export function sql(store: Store, text: string): StatementSync {
  let statement = store.statements.get(text)
  if (!statement) {
    statement = store.db.prepare(text)
    store.statements.set(text, statement)
  }
  return statement
}

/**
 * Runs the work in a transaction that the requests of one turn of the event loop share, since a commit costs more than
 * the work. All of the work is kept, or, when it throws, none; the promise settles once it is on disk.
 */
export async function inSharedTransaction<T>(store: Store, work: () => T): Promise<T> {
  const committed = store.open ?? openShared(store)
  sql(store, 'savepoint request').run()
  let result: T
  try {
    result = work()
    sql(store, 'release request').run()
  } catch (error) {
    sql(store, 'rollback to request').run()
    sql(store, 'release request').run()
    throw error
  }
  await committed
  return result
}

function openShared(store: Store): Promise<void> {
  sql(store, 'begin immediate').run()
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const commit = () => {
    if (store.commit !== commit) return
    store.open = null
    store.commit = () => {}
    try {
      sql(store, 'commit').run()
      resolve()
    } catch (error) {
      reject(error)
    }
  }
  promise.catch(() => {})
  setImmediate(commit)
  store.open = promise
  store.commit = commit
  return promise
}

/** Runs the work in a transaction of its own: all of it is kept, or, when it throws, none. */
export function inTransaction<T>(store: Store, work: () => T): T {
  store.commit()
  sql(store, 'begin immediate').run()
  try {
    const result = work()
    sql(store, 'commit').run()
    return result
  } catch (error) {
    sql(store, 'rollback').run()
    throw error
  }
}

export function readSetting(store: Store, name: string): string | undefined {
  const row = sql(store, 'select value from settings where name = ?').get(name)
  return row ? String(row.value) : undefined
}

export function writeSetting(store: Store, name: string, value: string): void {
  sql(store, 'insert into settings values (?, ?) on conflict (name) do update set value = excluded.value').run(
    name,
    value,
  )
}

/** The sandbox's time in Unix seconds: the machine's, and what its clock is ahead or behind. */
export function now(store: Store): number {
  return Math.floor(Date.now() / 1000) + store.clockOffset
}

/** Sets how many seconds the sandbox's clock is ahead of the machine's, or behind where negative; kept over restarts. */
export function setClock(store: Store, offset: number): void {
  store.clockOffset = offset
  writeSetting(store, 'clock_offset', String(offset))
}
