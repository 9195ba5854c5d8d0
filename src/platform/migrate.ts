import { createHash } from 'node:crypto'
import pg from 'pg'
import { roleUrl } from './postgres/socket.ts'
import { installQueues } from './queue.ts'

const FILES = import.meta.glob<string>('../../migrations/*.sql', { query: '?raw', import: 'default', eager: true })

export type RolePasswords = {
  readonly app: string
  readonly queue: string
  /** Gives roles that exist these passwords; otherwise ones that do not open them are refused. */
  readonly renew?: boolean
}

/** A store that this version cannot migrate; the message says why. */
export class MigrationError extends Error {}

/**
 * Brings a database to this version: roles, then each migration once and in order, then the queue's own tables.
 * Run as the owner that DATABASE_URL names; safe to run by several processes at once and to repeat. Forward only. With the
 * name of a `last` migration it goes no further, as a store is that an older backup fits.
 */
export async function migrate(
  ownerUrl: string,
  log: (line: string) => void = () => undefined,
  passwords?: RolePasswords,
  last?: string,
): Promise<void> {
  const client = new pg.Client({ connectionString: ownerUrl, application_name: 'portico migrate' })
  client.on('error', () => undefined) // a server that stops meanwhile fails the query under way
  await client.connect()
  try {
    await checkVersion(client)
    await client.query(`select pg_advisory_lock(hashtext('portico migrate'))`)
    await makeRoles(client, ownerUrl, passwords)
    await client.query(`create table if not exists public.portico_migration (name text primary key, sha256 text not null, applied_at timestamptz not null default now());
      comment on table public.portico_migration is 'no-tenant: which migrations ran';
      grant select on public.portico_migration to portico_app`)
    const applied = await readApplied(client)
    for (const migration of migrations())
      if (last === undefined || migration.name <= last) await apply(client, migration, applied, log)
    await installQueues(client)
  } finally {
    await client.end()
  }
}

/** Whether every migration of this version has run; read as any role. */
export async function isMigrated(query: (text: string) => Promise<{ rows: unknown[] }>): Promise<boolean> {
  const done = await query('select name, sha256 from public.portico_migration').catch(() => undefined)
  const applied = new Set(((done?.rows ?? []) as { name: string }[]).map(row => row.name))
  return migrations().every(({ name }) => applied.has(name))
}

/** What `portico_migration` holds once every migration of this version has run, in order. */
export function listMigrations(): { name: string; sha256: string }[] {
  return migrations().map(({ name, sha256 }) => ({ name, sha256 }))
}

type Migration = { readonly name: string; readonly sha256: string; readonly text: string }

function migrations(): Migration[] {
  return Object.entries(FILES)
    .map(([path, text]) => ({
      name: path.slice(path.lastIndexOf('/') + 1, -'.sql'.length),
      sha256: createHash('sha256').update(text).digest('hex'),
      text,
    }))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
}

async function checkVersion(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ v: number }>(`select current_setting('server_version_num')::int as v`)
  const version = rows[0]?.v ?? 0
  if (version < 150000)
    throw new MigrationError(
      `Portico needs PostgreSQL 15 to 18; this server is version ${Math.floor(version / 10000)}.`,
    )
}

async function makeRoles(client: pg.Client, ownerUrl: string, passwords: RolePasswords | undefined): Promise<void> {
  for (const [role, password] of [
    ['portico_app', passwords?.app],
    ['portico_queue', passwords?.queue],
  ] as const) {
    const { rows } = await client.query('select from pg_roles where rolname = $1', [role])
    const secret = password === undefined ? '' : ` password ${pg.escapeLiteral(password)}`
    if (rows.length === 0)
      await client.query(`create role ${role} login nosuperuser nocreatedb nocreaterole noinherit${secret}`)
    else if (passwords?.renew) await client.query(`alter role ${role}${secret}`)
    else if (password !== undefined && !(await opens(roleUrl(ownerUrl, role, password))))
      throw new MigrationError(
        `The role ${role} has another password on this server than the one in PORTICO_DATA/keys: another machine, or another Portico, made it. ` +
          'Copy that keys folder here, or name DATABASE_APP_URL and DATABASE_QUEUE_URL. ' +
          'Where nothing else runs on this server any more, `portico migrate --new-passwords` gives the roles new ones.',
      )
  }
  await client.query('grant portico_queue to current_user')
}

/** Whether the server takes this password; a server that cannot be reached, or asks for none, does not deny it. */
async function opens(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url, application_name: 'portico migrate' })
  client.on('error', () => undefined)
  const trouble = await client.connect().then(
    () => undefined,
    (error: { code?: string }) => error.code,
  )
  await client.end().catch(() => undefined)
  return trouble !== WRONG_PASSWORD
}

const WRONG_PASSWORD = '28P01'

async function readApplied(client: pg.Client): Promise<Map<string, string>> {
  const { rows } = await client.query<{ name: string; sha256: string }>(
    'select name, sha256 from public.portico_migration',
  )
  return new Map(rows.map(({ name, sha256 }) => [name, sha256]))
}

async function apply(
  client: pg.Client,
  { name, sha256, text }: Migration,
  applied: ReadonlyMap<string, string>,
  log: (line: string) => void,
): Promise<void> {
  const before = applied.get(name)
  if (before === sha256) return
  if (before !== undefined)
    throw new MigrationError(
      `Migration ${name} has run here with another text: the store comes from another version of Portico.`,
    )
  log(name)
  await client.query('begin')
  try {
    await client.query(text)
    await client.query('insert into public.portico_migration (name, sha256) values ($1, $2)', [name, sha256])
    await client.query('commit')
  } catch (error) {
    await client.query('rollback')
    throw error
  }
}
