import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { csrfToken } from '../../src/identity/sessions.ts'
import { routes } from '../../src/main/routes.ts'
import type { Route } from '../../src/web/route.ts'
import { fill, nameOf, openStage, ownerVisit, paramsOf, type Stage } from '../support/walk.ts'
import { type Heard, send, type Wire } from '../support/wire.ts'

/** How many random requests, besides every slot's own; `PORTICO_FUZZ=100000` for a long night. */
const RANDOM = Number(process.env.PORTICO_FUZZ ?? 400)
const SEED = Number(process.env.PORTICO_SEED ?? 20_261_120)

/** Values as they stand in an address or a form: already escaped, or wrongly so. */
const NASTY = [
  '%00',
  'a%00b',
  '%ED%A0%80',
  '%ED%BF%BFx',
  '%F0%9F%92%A9%F0%9F%8F%B3%EF%B8%8F%E2%80%8D%F0%9F%8C%88',
  '%E2%80%AEtxet',
  '%',
  '%zz',
  '%C0%AF',
  '%FF%FE',
  'a'.repeat(10_000),
  '..%2F..%2F..%2Fetc%2Fpasswd',
  '%27%20OR%201%3D1%3B--%20',
  '%3Cscript%3Ealert(1)%3C%2Fscript%3E',
  '%22%3E%3Cimg%20src%3Dx%20onerror%3Dalert(1)%3E',
  '99999999999999999999999999',
  '-1',
  '0.001',
  '1e308',
  'NaN',
  '%0d%0aSet-Cookie%3A%20planted%3D1',
  '__proto__',
  'constructor',
  '%EF%BB%BFx',
  'inv_00000000000000000000000000',
  'pay_7zzzzzzzzzzzzzzzzzzzzzzzzz',
  'https%3A%2F%2Fevil.example%2F',
  '%2F%2Fevil.example',
  '2026-02-30',
  '+',
  '',
]
const BLNS = (JSON.parse(readFileSync('test/data/text/blns.json', 'utf8')) as string[]).map(text =>
  encodeURIComponent(text),
)
const VALUES = [...NASTY, ...BLNS]
const QUERIES = [
  'q',
  'show',
  'patient',
  'after',
  'bill',
  'next',
  'days',
  'status',
  'done',
  'mailed',
  'card',
  'to',
  'sent',
  'setup_intent',
  'session_id',
  'declined',
  'pay',
  'x',
]
const HEADERS = [
  'Accept',
  'Accept-Language',
  'Cookie',
  'Referer',
  'Origin',
  'Sec-Fetch-Site',
  'Content-Type',
  'Content-Encoding',
  'X-Forwarded-Host',
  'Host',
  'Range',
  'If-None-Match',
  'Stripe-Signature',
  'Expect',
]
const TYPES = [
  'application/json',
  'multipart/form-data; boundary=x',
  'text/plain',
  '',
  'application/x-www-form-urlencoded; charset=utf-16',
  'x'.repeat(3000),
]
const BODIES = [
  '{"amount":[1,2],"__proto__":{}}',
  '[',
  '--x\r\nContent-Disposition: form-data; name="amount"\r\n\r\n1\r\n--x--',
  '\0\0\0',
  '=&=&=',
  'amount[]=1&amount[a]=2',
  '&'.repeat(1000),
  'a=1&'.repeat(500),
  '%',
  'x'.repeat(70_000),
]
const SLOW_MS = 5_000

type Ready = {
  readonly route: Route
  readonly path: Record<string, string>
  readonly form: Record<string, string>
  readonly headers: Record<string, string>
}

let stage: Stage
let ready: Ready[]
beforeAll(async () => {
  stage = await openStage()
  ready = []
  for (const route of routes) ready.push(await makeReady(route))
}, 120_000)
afterAll(() => stage?.end())

/** A route's valid request, as its own visitor would send it. */
async function makeReady(route: Route): Promise<Ready> {
  const [member] = stage.troupe.members
  if (!member) throw new Error('the troupe is empty')
  const { client, session, ...rest } = await ownerVisit(stage, route, member)
  const { path, form } = await fill(stage, route, member, { client, session, ...rest })
  const cookie = [...client.cookies].map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join('; ')
  const headers = {
    Accept: 'text/html',
    Origin: new URL(stage.world.config.url).origin,
    'Content-Type': 'application/x-www-form-urlencoded',
    ...(cookie ? { Cookie: cookie } : {}),
  }
  return { route, path, form: { ...form, ...(session ? { _csrf: csrfToken(stage.world.app, session) } : {}) }, headers }
}

/** The one place where a request goes wrong. */
type Slot = { readonly kind: 'path' | 'query' | 'field' | 'header' | 'type' | 'body'; readonly name: string }

function slotsOf({ route, form }: Ready): Slot[] {
  const path = paramsOf(route.path).map(name => ({ kind: 'path' as const, name }))
  const headers = HEADERS.map(name => ({ kind: 'header' as const, name }))
  if (route.method === 'GET') return [...path, ...QUERIES.map(name => ({ kind: 'query' as const, name })), ...headers]
  const fields = [...Object.keys(form), 'save', 'default', 'pick', 'next'].map(name => ({
    kind: 'field' as const,
    name,
  }))
  return [...path, ...fields, { kind: 'type', name: '' }, { kind: 'body', name: '' }, ...headers]
}

function spoil({ route, path, form, headers }: Ready, { kind, name }: Slot, random: () => number): Wire {
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)] as T
  const value = pick(VALUES)
  const escaped = (text: string) => encodeURIComponent(text)
  const address = route.path.replace(/:(\w+)/g, (_all, key: string) =>
    kind === 'path' && key === name ? value : escaped(path[key] ?? ''),
  )
  const pairs = Object.entries(form).map(
    ([key, text]) => `${escaped(key)}=${kind === 'field' && key === name ? value : escaped(text)}`,
  )
  if (kind === 'field' && !(name in form)) pairs.push(`${name}=${value}`)
  if (kind === 'field' && random() < 0.2) pairs.push(`${name}=${pick(VALUES)}`, `${name}[]=1`)
  const more =
    kind === 'header' ? { [name]: headerText(value) } : kind === 'type' ? { 'Content-Type': pick(TYPES) } : {}
  return {
    method: route.method,
    path: kind === 'query' ? `${address}?${name}=${value}` : address,
    headers: { ...headers, ...more },
    ...(route.method === 'POST' ? { body: kind === 'body' ? pick(BODIES) : pairs.join('&') } : {}),
  }
}

function headerText(value: string): string {
  try {
    return decodeURIComponent(value)
      .replace(/[\r\n]/g, ' ')
      .slice(0, 9_000)
  } catch {
    return value
  }
}

/** A small seeded generator (mulberry32), so that a failing run can be run again. */
function generator(seed: number): () => number {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

const INSIDE =
  /node_modules|\n\s+at |\/src\/(web|platform|payments)|violates|syntax error at|relation "|invalid input syntax|broken promise|portico_app/i

function complaint(wire: Wire, { status, head, body, ms }: Heard): string | undefined {
  const told = `${wire.method} ${wire.path.slice(0, 200)} ${JSON.stringify(wire.headers).slice(0, 300)} ${String(wire.body ?? '').slice(0, 400)}`
  if (status >= 500 || status === 0) return `${status} to ${told}`
  if (ms > SLOW_MS) return `${Math.round(ms)} ms for ${told}`
  if (/planted=1/i.test(head)) return `a planted header for ${told}`
  if (/\r\nlocation: (https?:)?\/\/(?!localhost|127\.0\.0\.1)/i.test(head)) return `leads elsewhere: ${told}`
  if (/<script>alert|<img src=x/i.test(body)) return `unescaped: ${told}`
  if (INSIDE.test(body)) return `tells of the inside: ${told}`
  return undefined
}

/** The answer; a slow one is asked for again, because a request that is slow by what it says is slow every time. */
async function answerTo(wire: Wire): Promise<Heard> {
  const first = await send(stage.site.origin, wire)
  return first.ms > SLOW_MS && first.status < 500 ? send(stage.site.origin, wire) : first
}

async function sendAll(wires: readonly Wire[]): Promise<string[]> {
  const found: string[] = []
  let next = 0
  const one = async () => {
    for (let wire = wires[next++]; wire; wire = wires[next++]) {
      const wrong = complaint(wire, await answerTo(wire))
      if (wrong) found.push(wrong)
    }
  }
  await Promise.all(Array.from({ length: 8 }, one))
  return found
}

test('the requests that are spoilt are good ones otherwise', async () => {
  for (const one of ready.filter(({ route }) => route.method === 'GET')) {
    const address = one.route.path.replace(/:(\w+)/g, (_all, key: string) => encodeURIComponent(one.path[key] ?? ''))
    const heard = await send(stage.site.origin, { method: 'GET', path: address, headers: one.headers })
    expect(heard.status, nameOf(one.route)).toBe(200)
  }
})

test('one wrong parameter, field, header or body on any route is never a fault of ours', async () => {
  const random = generator(SEED)
  const wires = ready.flatMap(one => slotsOf(one).map(slot => spoil(one, slot, random)))
  expect(await sendAll(wires)).toEqual([])
}, 120_000)

test(
  'nor are random ones, by a seed that can be run again',
  async () => {
    const random = generator(SEED + 1)
    const wires = Array.from({ length: RANDOM }, () => {
      const one = ready[Math.floor(random() * ready.length)]
      if (!one) throw new Error('there are no routes')
      const slots = slotsOf(one)
      return spoil(one, slots[Math.floor(random() * slots.length)] ?? { kind: 'body', name: '' }, random)
    })
    expect(await sendAll(wires), `PORTICO_SEED=${SEED} PORTICO_FUZZ=${RANDOM}`).toEqual([])
  },
  24 * 3_600_000,
)

test('addresses that no route has are the one 404', async () => {
  const paths = [
    '/x/y/z/..%2f',
    '/%',
    '/%00',
    '//evil.example',

    `/${'a'.repeat(7000)}`,
    '/riverside/bills/',
    '/assets/../package.json',
    '/assets/%2e%2e/portico',
    '/.env',
    '/riverside//home',
  ]
  for (const path of paths) {
    const heard = await send(stage.site.origin, { method: 'GET', path, headers: { Accept: 'text/html' } })
    expect([400, 404], path.slice(0, 80)).toContain(heard.status)
  }
  for (const method of ['PUT', 'DELETE', 'PATCH', 'OPTIONS', 'TRACE', 'PROPFIND'])
    expect(
      (await send(stage.site.origin, { method, path: '/riverside/bills', headers: {} })).status,
      method,
    ).toBeLessThan(500)
})
