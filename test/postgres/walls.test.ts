import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Member, makeTroupe, type Troupe } from '../support/troupe.ts'
import { makeWorld, query, type World } from '../support/world.ts'

const SCHEMAS = `n.nspname not in ('pg_catalog', 'information_schema', 'public', 'pg_toast') and n.nspname not like 'pg_temp%'`

type Table = {
  name: string
  comment: string | null
  columns: string[]
  key: string[]
  secured: boolean
  forced: boolean
  policies: string[]
}

let world: World
let troupe: Troupe
let tables: Table[]
let guarded: Table[]
let app: pg.Client
let superuser: pg.Client
const clients: pg.Client[] = []
/** A household's patients: its guarantor, and whom the import brought. */
const patientsOf = new Map<string, Set<string>>()

beforeAll(async () => {
  world = await makeWorld()
  troupe = await makeTroupe(world)
  app = await connect(world.database.appUrl)
  superuser = await connect(world.database.superuserUrl)
  tables = await listTables()
  const patients = await query<{ account: string; id: string }>(
    world,
    'select account_id as account, id from identity.patient',
  )
  for (const { account, id } of patients) patientsOf.set(account, (patientsOf.get(account) ?? new Set()).add(id))
  guarded = tables.filter(table => !isOpen(table))
}, 60_000)
afterAll(async () => {
  await Promise.all(clients.map(client => client.end()))
  await world?.end()
})

const isOpen = ({ comment }: Table) => comment?.startsWith('no-tenant: ') ?? false

async function connect(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url })
  clients.push(client)
  await client.connect()
  return client
}

function listTables(): Promise<Table[]> {
  return query<Table>(
    world,
    `select c.oid::regclass::text as name, obj_description(c.oid, 'pg_class') as comment, c.relrowsecurity as secured, c.relforcerowsecurity as forced,
      array(select attname::text from pg_attribute where attrelid = c.oid and attnum > 0 and not attisdropped) as columns,
      array(select a.attname::text from pg_index i cross join unnest(i.indkey) with ordinality k(n, at)
        join pg_attribute a on a.attrelid = c.oid and a.attnum = k.n where i.indrelid = c.oid and i.indisprimary order by k.at) as key,
      array(select polname::text from pg_policy where polrelid = c.oid) as policies
    from pg_class c join pg_namespace n on n.oid = c.relnamespace where c.relkind in ('r', 'p') and ${SCHEMAS} order by 1`,
  )
}

type Seen = { practice: string; accounts: string; patients: string }
const whole = (practice: string): Seen => ({ practice, accounts: '*', patients: '*' })
const only = ({ practice, household }: Member): Seen => ({
  practice: practice.id,
  accounts: household.account,
  patients: [...(patientsOf.get(household.account) ?? [])].join(),
})

/** Rows of a table as the app sees them with these settings. */
async function see(table: Table, { practice, accounts, patients }: Seen): Promise<Record<string, unknown>[]> {
  await app.query('begin')
  try {
    await app.query(
      `select set_config('portico.practice', $1, true), set_config('portico.accounts', $2, true), set_config('portico.patients', $3, true)`,
      [practice, accounts, patients],
    )
    const { rows } = await app.query(`select to_jsonb(t) - 'body' as row from ${table.name} t`)
    return rows.map(({ row }) => row)
  } finally {
    await app.query('rollback')
  }
}

/** What is wrong with a table's walls, as far as its rows show; nothing is said of a table whose walls stand. */
async function breaches(table: Table): Promise<string[]> {
  const found: string[] = []
  const say = (wrong: boolean, what: string) => wrong && found.push(`${table.name} ${what}`)
  const all = (await superuser.query(`select to_jsonb(t) - 'body' as row from ${table.name} t`)).rows.map(
    ({ row }) => row,
  )
  for (const practice of [world.practice.id, world.other.id]) {
    const own = all.filter(row => row.practice_id === practice)
    const seen = await see(table, whole(practice))
    say(own.length === 0, 'has no row of a practice: the troupe must make one')
    say(
      seen.some(row => row.practice_id !== practice),
      "shows another practice's rows",
    )
    say(seen.length < own.length, 'hides rows of its own practice')
  }
  for (const member of troupe.members) {
    const seen = await see(table, only(member))
    say(
      seen.some(row => row.practice_id !== member.practice.id),
      "shows a household another practice's rows",
    )
    if (!isPersonal(table)) continue
    const own = all.filter(row => isOf(row, member))
    say(own.length === 0, 'has no row of a household: the troupe must make one')
    say(
      seen.some(row => !isOf(row, member)),
      "shows a household another's rows",
    )
    say(seen.length < own.length && !table.name.startsWith('audit.'), 'hides rows of its own household')
  }
  return found
}

/** Tables that name a household or a patient show it its own rows alone; the gate must read grants before it knows whose. */
const isPersonal = ({ name, columns }: Table) =>
  name !== 'identity.access_grant' && (columns.includes('account_id') || columns.includes('patient_id'))

function isOf(row: Record<string, unknown>, { household }: Member): boolean {
  const { account_id: account, patient_id: patient } = row
  if (account !== undefined) return account === household.account
  return patientsOf.get(household.account)?.has(String(patient)) === true
}

async function refusalOf(client: pg.Client, statement: string, values: unknown[] = []): Promise<string | undefined> {
  try {
    await client.query('begin')
    await client.query(statement, values)
    await client.query('commit')
    return undefined
  } catch (error) {
    await client.query('rollback')
    return (error as pg.DatabaseError).code ?? String(error)
  }
}

test('every table has the practice first in its key, or says why it has none', () => {
  expect(tables.length).toBeGreaterThan(25)
  expect(guarded.filter(({ key }) => key[0] !== 'practice_id').map(({ name }) => name)).toEqual([])
  const open = tables.filter(isOpen).map(({ name }) => name)
  expect(open.filter(name => !name.startsWith('pgboss.')).sort()).toEqual([
    'identity.allowance',
    'identity.credential',
    'identity.login',
    'identity.session',
    'identity.verification',
    'payments.inbox',
    'platform.probe',
    'practice.directory',
  ])
})

test('row-level security is enabled and forced on every table of a practice', () => {
  const bare = guarded.filter(({ secured, forced, policies }) => !secured || !forced || policies.length === 0)
  expect(bare.map(({ name }) => name)).toEqual([])
})

test('foreign keys between tables of a practice carry the practice', async () => {
  const keys = await query<{ name: string; columns: string[]; target: string[]; to: string }>(
    world,
    `select c.conrelid::regclass || '.' || c.conname as name, c.confrelid::regclass::text as to,
      array(select a.attname::text from unnest(c.conkey) with ordinality k(n, at) join pg_attribute a on a.attrelid = c.conrelid and a.attnum = k.n order by k.at) as columns,
      array(select a.attname::text from unnest(c.confkey) with ordinality k(n, at) join pg_attribute a on a.attrelid = c.confrelid and a.attnum = k.n order by k.at) as target
    from pg_constraint c join pg_namespace n on n.oid = c.connamespace where c.contype = 'f' and ${SCHEMAS}`,
  )
  const names = new Set(guarded.map(({ name }) => name))
  const between = keys.filter(({ to }) => names.has(to))
  expect(between.length).toBeGreaterThan(25)
  const loose = between.filter(({ columns, target }) => columns[0] !== 'practice_id' || target[0] !== 'practice_id')
  expect(loose.map(({ name }) => name)).toEqual([])
})

test("the app's role owns nothing, bypasses nothing and becomes nobody else", async () => {
  const [role] = await query<{ super: boolean; bypass: boolean; owns: number; member: number }>(
    world,
    `select rolsuper as super, rolbypassrls as bypass,
      (select count(*)::int from pg_class where relowner = r.oid) + (select count(*)::int from pg_proc where proowner = r.oid) as owns,
      (select count(*)::int from pg_auth_members where member = r.oid) as member from pg_roles r where rolname = 'portico_app'`,
  )
  expect(role).toEqual({ super: false, bypass: false, owns: 0, member: 0 })
  for (const statement of [
    'set role portico_owner',
    'set role postgres',
    'set role portico_queue',
    'set session authorization postgres',
    'alter table payments.payment disable row level security',
    'alter table payments.payment no force row level security',
    'drop policy account on payments.payment',
    'alter table ledger.entry disable trigger append_only',
    'create policy wide on payments.payment using (true)',
    `set session_replication_role = 'replica'`,
    'create table payments.mine (x int)',
    'create schema mine',
  ])
    expect(await refusalOf(app, statement), statement).toBe('42501')
})

test('what happened is never changed or removed by the app', async () => {
  const facts = [
    'ledger.entry',
    'ledger.line',
    'audit.door',
    'audit.event',
    'audit.read',
    'billing.allocation',
    'practice.setting_change',
  ]
  for (const name of facts) {
    for (const act of [`update ${name} set practice_id = practice_id`, `delete from ${name}`, `truncate ${name}`])
      expect(await refusalOf(app, act), act).toBe('42501')
  }
  const removable = guarded.filter(({ name }) => !facts.includes(name))
  for (const { name } of removable) expect(await refusalOf(app, `truncate ${name}`), name).toBe('42501')
})

test('the owner cannot change or remove what happened either', async () => {
  const owner = await connect(world.database.ownerUrl)
  for (const name of ['ledger.entry', 'ledger.line', 'billing.allocation']) {
    const settings = `select set_config('portico.practice', '${world.practice.id}', true), set_config('portico.accounts', '*', true), set_config('portico.patients', '*', true)`
    for (const act of [
      `update ${name} set practice_id = practice_id`,
      `delete from ${name}`,
      `truncate ${name} cascade`,
    ])
      expect(await refusalOf(owner, `${settings}; ${act}`), act).toBe('42501')
  }
})

test('without settings nothing is read: a fresh session and one that an earlier transaction left both raise', async () => {
  const fresh = await connect(world.database.appUrl)
  for (const table of guarded) expect(await refusalOf(fresh, `select * from ${table.name}`), table.name).toBe('42501')
  for (const table of guarded) {
    await see(table, whole(world.practice.id))
    expect(await refusalOf(app, `select * from ${table.name}`), table.name).toBe('42501')
  }
})

test("nothing is written into another practice or another's household", async () => {
  const [mine, theirs] = troupe.members
  if (!mine || !theirs) throw new Error('the troupe is empty')
  const settings = `select set_config('portico.practice', '${mine.practice.id}', true), set_config('portico.accounts', '${mine.household.account}', true), set_config('portico.patients', '${mine.household.patient}', true)`
  const setting = (practice: string) =>
    `insert into practice.setting (practice_id, name, value, changed_by) values ('${practice}', 'x', '1', 'test')`
  expect(await refusalOf(app, `${settings}; ${setting(world.other.id)}`)).toBe('42501')
  const event = `insert into audit.event (practice_id, id, type, subject, actor) values ('${world.other.id}', 'x', 'a.b', 'x', 'test')`
  expect(await refusalOf(app, `${settings}; ${event}`)).toBe('42501')
  const guarantor = (member: Member) =>
    `update identity.guarantor set account_id = '${member.household.account}' where practice_id = '${mine.practice.id}'`
  expect(await refusalOf(app, `${settings}; ${guarantor(theirs)}`)).toBe('42501')
})

test('every table shows a practice, and a household, its own rows alone', async () => {
  for (const table of guarded) expect(await breaches(table), table.name).toEqual([])
}, 60_000)

test('a wall that is taken down, or opened, is noticed at its own table', async () => {
  for (const table of guarded) {
    for (const policy of table.policies.filter(name => name !== 'sweep' && name !== 'append')) {
      const [kept] = (
        await superuser.query(
          `select pg_get_expr(polqual, polrelid) as using, pg_get_expr(polwithcheck, polrelid) as check from pg_policy where polrelid = $1::regclass and polname = $2`,
          [table.name, policy],
        )
      ).rows
      await superuser.query(`drop policy ${policy} on ${table.name}`)
      expect(await breaches(table), `${table.name} without ${policy}`).not.toEqual([])
      await superuser.query(`create policy ${policy} on ${table.name} using (true)`)
      expect(await breaches(table), `${table.name} with ${policy} wide open`).not.toEqual([])
      await superuser.query(`drop policy ${policy} on ${table.name}`)
      const check = kept.check ? `with check (${kept.check})` : ''
      await superuser.query(
        `create policy ${policy} on ${table.name} ${check ? '' : 'for select'} using (${kept.using}) ${check}`,
      )
      expect(await breaches(table), `${table.name} restored`).toEqual([])
    }
  }
}, 120_000)

test('an entry that does not balance, one without lines, and a line added to an entry of old are refused', async () => {
  const { id: practice } = world.practice
  const entry = (id: string) =>
    `select set_config('portico.practice', '${practice}', true), set_config('portico.accounts', '*', true), set_config('portico.patients', '*', true);
     insert into ledger.entry (practice_id, id, kind, source, occurred_on, actor) values ('${practice}', '${id}', 'correction', '${id}', '2026-01-01', 'test')`
  const lines = (id: string, from: number, ...cents: number[]) =>
    `insert into ledger.line (practice_id, entry_id, n, ledger_account, currency, cents) values ${cents
      .map((each, index) => `('${practice}', '${id}', ${from + index}, 'revenue', 'usd', ${each})`)
      .join(', ')}`
  expect(await refusalOf(app, `${entry('a')}; ${lines('a', 1, 100, -99)}`)).toBe('23514')
  expect(await refusalOf(app, entry('b'))).toBe('23514')
  expect(await refusalOf(app, `${entry('c')}; ${lines('c', 1, 100, -100)}`)).toBeUndefined()
  expect(await refusalOf(app, `${entry('d')}; ${lines('d', 1, 100, -100)}; ${lines('d', 3, 1)}`)).toBe('23514')
  expect(await refusalOf(app, `${entry('e')}; ${entry('f')}; ${lines('e', 1, 1)}; ${lines('f', 1, -1)}`)).toBe('23514')
})
