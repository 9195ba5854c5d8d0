import { mintLink, spendLink } from '../../src/identity/links.ts'
import { recordGrant, recordLogin } from '../../src/identity/logins.ts'
import { setPassword } from '../../src/identity/passwords.ts'
import { startSession } from '../../src/identity/sessions.ts'
import { inviteStaff } from '../../src/identity/staff.ts'
import { type StaffRole, system, wholePractice } from '../../src/kernel/actor.ts'
import { type Serving, serve } from '../../src/main/serve.ts'
import { transact } from '../../src/platform/database.ts'
import type { Practice } from '../../src/practice/practices.ts'
import type { Household, World } from './world.ts'

/** A browser without script, for tests of HTTP: keeps its cookies, follows nothing by itself. */
export type Client = {
  get(path: string, headers?: Record<string, string>): Promise<Answer>
  /** Posts a form as our own pages do, with the session's token unless the form brings its own. */
  post(
    path: string,
    form?: Record<string, string | readonly string[]>,
    headers?: Record<string, string>,
  ): Promise<Answer>
  /** The `_csrf` of the forms on a page. */
  csrf(path: string): Promise<string>
  readonly cookies: Map<string, string>
}

export type Answer = {
  readonly status: number
  readonly location: string | null
  readonly headers: Headers
  readonly body: string
  readonly bytes: Buffer
}

export type Site = { readonly origin: string; client(cookies?: Record<string, string>): Client; stop(): Promise<void> }

/** Serves a world's app on this port of the loopback address, or on a free one. */
export async function serveWorld(world: World, port = 0): Promise<Site> {
  const serving: Serving = await serve(world.app, { port, host: '127.0.0.1' })
  const origin = `http://127.0.0.1:${serving.port}`
  return { origin, client: cookies => makeClient(world, origin, cookies), stop: () => serving.stop() }
}

function makeClient(world: World, origin: string, given: Record<string, string> = {}): Client {
  const cookies = new Map(Object.entries(given))
  const ask = async (path: string, init: RequestInit & { headers: Record<string, string> }): Promise<Answer> => {
    const cookie = [...cookies].map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join('; ')
    const response = await fetch(`${origin}${path}`, {
      ...init,
      redirect: 'manual',
      headers: { ...(cookie ? { Cookie: cookie } : {}), ...init.headers },
    })
    for (const line of response.headers.getSetCookie()) keep(cookies, line)
    const bytes = Buffer.from(await response.arrayBuffer())
    return {
      status: response.status,
      location: response.headers.get('location'),
      headers: response.headers,
      body: bytes.toString('utf8'),
      bytes,
    }
  }
  const client: Client = {
    cookies,
    get: (path, headers = {}) => ask(path, { method: 'GET', headers: { Accept: 'text/html', ...headers } }),
    post: async (path, form = {}, headers = {}) => {
      const body = new URLSearchParams()
      for (const [name, value] of Object.entries(form))
        for (const each of typeof value === 'string' ? [value] : value) body.append(name, each)
      return ask(path, {
        method: 'POST',
        body: body.toString(),
        headers: {
          'Content-Type': 'application/x-www-form-urlencoded',
          Accept: 'text/html',
          Origin: new URL(world.config.url).origin,
          ...headers,
        },
      })
    },
    csrf: async path => {
      const { body } = await client.get(path)
      const token = /name="_csrf" value="([^"]+)"/.exec(body)?.[1]
      if (!token) throw new Error(`no form on ${path}`)
      return token
    },
  }
  return client
}

function keep(cookies: Map<string, string>, line: string): void {
  const [pair = ''] = line.split(';')
  const at = pair.indexOf('=')
  const value = decodeURIComponent(pair.slice(at + 1))
  if (value === '') cookies.delete(pair.slice(0, at))
  else cookies.set(pair.slice(0, at), value)
}

/** A client signed in by link for a household. */
export async function signIn(
  world: World,
  site: Site,
  household: Household,
  { practice = world.practice, email = `${household.patient}@example.org`, name = 'Maria Ortega' } = {},
): Promise<Client> {
  const token = await transact(world.app.db, wholePractice(practice.id), async tx => {
    const login = await recordLogin(tx, { email, name })
    await recordGrant(tx, practice.id, {
      login,
      account: household.account,
      patient: household.patient,
      kind: 'self',
      scope: 'record',
    })
    return (await mintLink(tx, practice.id, { login, purpose: 'access', destination: null })).token
  })
  const { cookie } = await spendLink(world.app, practice.id, token)
  return site.client({ portico: cookie })
}

/** A client signed in as staff of a practice. */
export async function signInStaff(
  world: World,
  site: Site,
  {
    practice = world.practice,
    role = 'biller',
    email = `${role}@${practice.slug}.example.org`,
  }: { practice?: Practice; role?: StaffRole; email?: string } = {},
): Promise<Client> {
  const { login } = await inviteStaff(world.app, system(practice.id, 'test'), {
    email,
    name: 'Tom Becker',
    role,
    announce: false,
  })
  await setPassword(world.app, practice.id, login, 'correct horse battery')
  return site.client({ portico: await startSession(world.app, login, 'password') })
}
