import pg from 'pg'

/** Runs queries one after another on a connection of their own; answers the rows of the last. */
export async function ask<Row extends pg.QueryResultRow>(url: string, ...queries: string[]): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    let rows: Row[] = []
    for (const query of queries) ({ rows } = await client.query<Row>(query))
    return rows
  } finally {
    await client.end()
  }
}

/** The tables that hold a store's rows. */
export const TABLES = `select c.oid::regclass::text as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where c.relkind in ('r', 'p') and not c.relispartition and n.nspname !~ '^(pg_|information_schema$)' and (n.nspname <> 'pgboss' or c.relname = 'job')`

/** Of each table how many rows it has and a hash of them all; of each counter where it stands. Migrations tell when they ran. */
export async function pictureOf(superuserUrl: string): Promise<Record<string, string>> {
  const picture: Record<string, string> = {}
  for (const { name } of await ask<{ name: string }>(superuserUrl, TABLES)) {
    const row = name === 'portico_migration' ? 'row(name, sha256)' : 't'
    const [found] = await ask<{ seen: string }>(
      superuserUrl,
      `select count(*) || ' ' || coalesce(sum(hashtextextended(${row}::text, 0)::numeric)::text, '') as seen from ${name} t`,
    )
    picture[name] = found?.seen ?? ''
  }
  const counters = `select schemaname || '.' || sequencename as name, last_value::text as at from pg_sequences where schemaname <> 'pgboss'`
  for (const { name, at } of await ask<{ name: string; at: string }>(superuserUrl, counters)) picture[name] = at
  return picture
}
