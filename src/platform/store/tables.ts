import pg from 'pg'

/** A table whose rows are the store's data; names are quoted where they must be. */
export type Table = {
  readonly name: string
  /** Without those that PostgreSQL computes. */
  readonly columns: readonly string[]
  readonly byPractice: boolean
  readonly isQueue: boolean
  /** Whether row-level security binds its owner. */
  readonly isForced: boolean
  readonly parents: readonly string[]
}

/** The queue makes and fills its tables itself; of all that the jobs alone are the store's. */
const JOBS = 'pgboss.job'

const TABLES = `
  with ours as (
    select c.oid, format('%I.%I', n.nspname, c.relname) as name, c.relforcerowsecurity as "isForced"
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where c.relkind in ('r', 'p') and not c.relispartition
      and (c.oid = to_regclass('${JOBS}') or (n.nspname <> 'pgboss' and n.nspname !~ '^pg_temp' and pg_get_userbyid(c.relowner) = current_user
        and c.oid is distinct from to_regclass('public.portico_migration'))))
  select name, "isForced", name = '${JOBS}' as "isQueue",
    array(select quote_ident(attname) from pg_attribute
      where attrelid = oid and attnum > 0 and not attisdropped and attgenerated = '' order by attnum) as columns,
    exists (select from pg_attribute where attrelid = oid and attname = 'practice_id') as "byPractice",
    array(select parent.name from pg_constraint f join ours parent on parent.oid = f.confrelid
      where f.conrelid = ours.oid and f.confrelid <> ours.oid) as parents
  from ours order by name`

/** Every table of the store, each after those it refers to. */
export async function listTables(client: pg.Client): Promise<Table[]> {
  const waiting = (await client.query<Table>(TABLES)).rows
  const listed: Table[] = []
  while (waiting.length > 0) {
    const isReady = ({ parents }: Table) => !waiting.some(({ name }) => parents.includes(name))
    const [next] = waiting.splice(waiting.findIndex(isReady), 1)
    if (!next || !isReady(next)) throw new Error('broken promise: tables refer to each other in a circle')
    listed.push(next)
  }
  return listed
}

/** The counters behind identity columns, and where each stands. */
export async function listSequences(client: pg.Client): Promise<{ name: string; value: string; called: boolean }[]> {
  const { rows } = await client.query<{ name: string }>(
    `select format('%I.%I', schemaname, sequencename) as name from pg_sequences
     where schemaname <> 'pgboss' and sequenceowner = current_user order by name`,
  )
  const found = []
  for (const { name } of rows) {
    const state = await client.query(`select last_value::text as value, is_called as called from ${name}`)
    found.push({ name, ...(state.rows[0] as { value: string; called: boolean }) })
  }
  return found
}

/** Which migrations the store has, in order; none where it is not one yet. */
export async function appliedMigrations(client: pg.Client): Promise<{ name: string; sha256: string }[]> {
  const { rows } = await client.query(`select to_regclass('public.portico_migration') is not null as "isStore"`)
  if (!rows[0]?.isStore) return []
  return (await client.query('select name, sha256 from public.portico_migration order by name')).rows
}

export async function queueVersion(client: pg.Client): Promise<number | null> {
  const { rows } = await client.query(`select to_regclass('${JOBS}') is not null as "isThere"`)
  if (!rows[0]?.isThere) return null
  return Number((await client.query('select version from pgboss.version')).rows[0]?.version)
}

const HABITS = `set client_encoding = 'UTF8'; set datestyle = 'ISO'; set intervalstyle = 'postgres'; set timezone = 'UTC';
  set extra_float_digits = 1; set statement_timeout = 0; set idle_in_transaction_session_timeout = 0; set lock_timeout = 0`

/** A connection as the owner, on which values look the same whatever the server's habits. */
export async function connectOwner(ownerUrl: string, name: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: ownerUrl, application_name: `portico ${name}` })
  client.on('error', () => undefined) // a server that stops meanwhile fails the query under way
  await client.connect()
  await client.query(HABITS)
  return client
}
