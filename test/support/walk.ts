import pg from 'pg'
import Stripe from 'stripe'
import { mintLink } from '../../src/identity/links.ts'
import { csrfToken, startSession } from '../../src/identity/sessions.ts'
import { wholePractice } from '../../src/kernel/actor.ts'
import type { AccountId } from '../../src/kernel/ids.ts'
import { routes } from '../../src/main/routes.ts'
import { mintId } from '../../src/payments/mint.ts'
import { transact } from '../../src/platform/database.ts'
import type { Practice } from '../../src/practice/practices.ts'
import { mintedKinds, type RecordKind } from '../../src/web/records.ts'
import type { Route } from '../../src/web/route.ts'
import { type Answer, type Client, type Site, serveWorld } from './http.ts'
import { type Member, makeTroupe, type StaffMember, type Troupe } from './troupe.ts'
import { makeWorld, type World } from './world.ts'

/** A world with a troupe in it, served: where tests go through the whole route table. */
export type Stage = {
  readonly world: World
  readonly site: Site
  readonly troupe: Troupe
  /** Looks past row-level security. */
  look<Row extends pg.QueryResultRow>(text: string, values?: unknown[]): Promise<Row[]>
  end(): Promise<void>
}

export async function openStage(env: Record<string, string> = {}): Promise<Stage> {
  const world = await makeWorld({ env: { PORTICO_LIMITS: 'off', ...env } })
  const site = await serveWorld(world, Number(env.PORT ?? 0))
  const troupe = await makeTroupe(world)
  const pool = new pg.Pool({ connectionString: world.database.superuserUrl, max: 1 })
  const look: Stage['look'] = async (text, values = []) => (await pool.query(text, values)).rows
  const end = async () => {
    await pool.end()
    await site.stop()
    await world.end()
  }
  return { world, site, troupe, look, end }
}

/** Somebody at a browser: signed in as one of the troupe, or nobody. */
export type Visit = {
  readonly client: Client
  readonly practice: Practice
  readonly session: string | undefined
  readonly account: AccountId | undefined
}

export async function visit({ world, site, look }: Stage, who: Member | StaffMember | undefined): Promise<Visit> {
  if (!who) return { client: site.client(), practice: world.practice, session: undefined, account: undefined }
  const cookie = await startSession(world.app, who.login, 'role' in who ? 'password' : 'link')
  const [row] = await look<{ id: string }>('select id from identity.session where token = $1', [
    cookie.slice(0, cookie.lastIndexOf('.')),
  ])
  const account = 'household' in who ? who.household.account : undefined
  return { client: site.client({ portico: cookie }), practice: who.practice, session: row?.id ?? '', account }
}

/** What a route's address and form are filled with: names of slots, `:kind` or a form's field, and their values. */
export type Filled = { readonly path: Record<string, string>; readonly form: Record<string, string> }

/** The tokens of links are looked at by nobody in particular; all else in an address is somebody's. */
export const idsOf = (route: Route): string[] =>
  paramsOf(route.path).filter(name => name !== 'practice' && name !== 'token')
/** The fields of a form that carry ids. */
export const fieldsOf = ({ names, mints }: Route): string[] => Object.keys({ ...names, ...mints })
export const takesIds = (route: Route): boolean => idsOf(route).length > 0 || fieldsOf(route).length > 0
export const nameOf = ({ method, path }: Pick<Route, 'method' | 'path'>) => `${method} ${path}`

export function paramsOf(path: string): string[] {
  return [...path.matchAll(/:(\w+)/g)].map(([, name = '']) => name)
}

export function pathOf(route: Pick<Route, 'path'>, values: Record<string, string>): string {
  return route.path.replace(/:(\w+)/g, (_all, name: string) => encodeURIComponent(values[name] ?? ''))
}

/** A member's own records for a route, in the state in which the route can be walked, for the session that asks. */
export async function fill(stage: Stage, route: Route, member: Member, { session }: Visit): Promise<Filled> {
  const { app } = stage.world
  const { account, patient } = member.household
  const minted = { session: session ?? '', account }
  const records: Record<RecordKind, string> = {
    bill: member.open[0] ?? '',
    payment: paymentFor(route, member),
    method: member.methods[route.path.endsWith('/removal') ? 1 : 0],
    patient,
    letter: member.letter,
    dispute: member.dispute,
    refund: member.outsideRefund,
  }
  const values: Record<string, string> = {
    ...records,
    practice: member.practice.slug,
    token: route.path.includes(':token') ? await mintToken(stage, route, member) : '',
  }
  const path = Object.fromEntries(paramsOf(route.path).map(name => [name, values[name] ?? '']))
  const sample = { ...route.form, ...(BETTER_FORMS[nameOf(route)]?.(member) ?? {}) }
  const form = Object.fromEntries(
    Object.entries(sample).map(([field, text]) => {
      const kind = route.mints?.[field]
      if (kind) return [field, mintId(app, mintedKinds[kind], minted)]
      return [field, text.startsWith(':') ? (values[text.slice(1)] ?? '') : text]
    }),
  )
  return { path, form }
}

/** Where the sample of the route table is no success by itself. */
const BETTER_FORMS: Record<string, (member: Member) => Record<string, string>> = {
  'POST /:practice/office': ({ practice }) => ({
    email: `owner@${practice.slug}.example.org`,
    password: 'correct horse battery',
  }),
  'POST /:practice/office/unlock/:token': () => ({ password: 'correct horse battery' }),
}

function paymentFor(route: Route, member: Member): string {
  const last = route.path.split('/').at(-1)
  if (last === 'cancellation') return member.hosted
  if (last === 'posting') return member.received
  if (last === ':refund') return member.outside
  return last === ':dispute' ? member.lost : member.paid
}

async function mintToken({ world: { app }, troupe }: Stage, route: Route, member: Member): Promise<string> {
  const { practice } = member
  // Whoever is invited gets another password; whoever unlocks a door types the one they have.
  const role = route.path.includes('invitation') ? 'biller' : 'owner'
  const invited = troupe.staff.find(one => one.practice.id === practice.id && one.role === role)
  const [, ofStaff] = /office\/(invitation|unlock)/.exec(route.path) ?? []
  const link = ofStaff
    ? { login: invited?.login ?? member.login, purpose: ofStaff as 'invitation' | 'unlock' }
    : { login: member.login, purpose: 'access' as const }
  return transact(
    app.db,
    wholePractice(practice.id),
    async tx => (await mintLink(tx, practice.id, { ...link, destination: null })).token,
  )
}

/** Asks a route as somebody, with these values; forms carry what our own pages put into them. */
export async function ask(
  stage: Stage,
  route: Route,
  { client, session }: Visit,
  { path, form }: Filled,
): Promise<Answer> {
  const address = pathOf(route, path)
  if (route.method === 'GET') return client.get(address)
  if (route.kind === 'raw') return askRaw(stage, address)
  const csrf = session ? csrfToken(stage.world.app, session) : route.csrf ? await doorCsrf(client, address) : ''
  return client.post(address, { ...form, ...(csrf ? { _csrf: csrf } : {}) })
}

async function doorCsrf(client: Client, address: string): Promise<string> {
  const { body } = await client.get(address)
  return /name="_csrf" value="([^"]+)"/.exec(body)?.[1] ?? ''
}

/** A signed event of the processor, about nothing we know. */
async function askRaw({ world, site }: Stage, address: string): Promise<Answer> {
  const object = { id: 'cus_unknown', object: 'customer' }
  const id = `evt_${Math.random().toString(36).slice(2)}`
  const payload = JSON.stringify({ id, object: 'event', type: 'customer.created', account: 'acct_x', data: { object } })
  const header = Stripe.webhooks.generateTestHeaderString({ payload, secret: world.config.stripe.webhookSecret })
  const response = await fetch(`${site.origin}${address}`, {
    method: 'POST',
    headers: { 'Stripe-Signature': header, 'Content-Type': 'application/json' },
    body: payload,
  })
  const bytes = Buffer.from(await response.arrayBuffer())
  return { status: response.status, location: null, headers: response.headers, body: bytes.toString('utf8'), bytes }
}

/** Who a route is for, in a member's own practice. */
export async function ownerVisit(stage: Stage, route: Route, member: Member): Promise<Visit> {
  if (route.public) return visit(stage, undefined)
  if (route.roles.includes('patient')) return visit(stage, member)
  const staff = stage.troupe.staff.find(one => one.practice.id === member.practice.id && route.roles.includes(one.role))
  if (!staff) throw new Error(`the troupe has nobody for ${nameOf(route)}`)
  return visit(stage, staff)
}

/** Tables in which a request that is refused may leave something: who looked, jobs, guesses and askings. */
const NO_STATE = ['audit.read', 'identity.allowance', 'identity.session', 'identity.link_request']

/** One text for all business rows, to compare before and after; `except` names tables that may change. */
export async function stateOf({ look }: Stage, except: readonly string[] = NO_STATE): Promise<Record<string, string>> {
  const tables = await look<{ table: string }>(
    `select c.oid::regclass::text as table from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where c.relkind = 'r' and n.nspname not in ('pg_catalog', 'information_schema', 'public', 'pg_toast', 'pgboss') order by 1`,
  )
  const parts = tables
    .filter(({ table }) => !except.includes(table))
    .map(
      ({ table }) =>
        `select '${table}' as name, md5(coalesce(string_agg(t::text, '|' order by t::text), '')) as hash from ${table} t`,
    )
  const rows = await look<{ name: string; hash: string }>(parts.join(' union all '))
  return Object.fromEntries(rows.map(({ name, hash }) => [name, hash]))
}

/** A page of the route table with something on it: where it is, and who looks. */
export type Page = { readonly name: string; readonly route: Route; readonly path: string; readonly visit: Visit }

/** Every page of the route table; one that shows a payment, in each of its states. */
export async function listPages(stage: Stage): Promise<Page[]> {
  const [member] = stage.troupe.members
  if (!member) throw new Error('the troupe is empty')
  const pages: Page[] = []
  for (const route of routes.filter(one => one.method === 'GET' && (one.answers ?? 'html') === 'html')) {
    const owner = await ownerVisit(stage, route, member)
    const filled = await fill(stage, route, member, owner)
    const states = route.path.includes(':payment') ? (['paid', 'received', 'hosted', 'lost'] as const) : []
    const variants = states.length
      ? states.map(state => ({ state, payment: member[state] }))
      : [{ state: '', payment: '' }]
    for (const { state, payment } of variants) {
      const path = pathOf(route, payment ? { ...filled.path, payment } : filled.path)
      pages.push({ name: `${nameOf(route)} ${state}`.trim(), route, path, visit: owner })
    }
  }
  return pages
}
