import { afterAll, beforeAll, expect, test } from 'vitest'
import { routes } from '../../src/main/routes.ts'
import type { Route } from '../../src/web/route.ts'
import type { Answer } from '../support/http.ts'
import { readPdfText } from '../support/pdf-text.ts'
import type { Member } from '../support/troupe.ts'
import {
  ask,
  type Filled,
  fieldsOf,
  fill,
  idsOf,
  nameOf,
  openStage,
  ownerVisit,
  pathOf,
  type Stage,
  stateOf,
  takesIds,
  type Visit,
  visit,
} from '../support/walk.ts'

let stage: Stage
let maria: Member
let neighbour: Member
let elsewhere: Member

beforeAll(async () => {
  stage = await openStage()
  const [first, second, third] = stage.troupe.members
  if (!first || !second || !third) throw new Error('the troupe is too small')
  ;[maria, neighbour, elsewhere] = [first, second, third]
}, 120_000)
afterAll(() => stage?.end())

const reads = routes.filter(route => route.method === 'GET')
const acts = routes.filter(route => route.method === 'POST')
const REFUSED = [401, 403, 404]

async function textOf(answer: Answer): Promise<string> {
  if (answer.headers.get('content-type') === 'application/pdf') return readPdfText(answer.bytes)
  return `${answer.body} ${answer.location ?? ''}`
}

/** What belongs to others and stands in an answer all the same. */
async function leaks(answer: Answer, others: readonly Member[]): Promise<string[]> {
  const text = await textOf(answer)
  return others.flatMap(({ canaries }) => canaries).filter(canary => text.toLowerCase().includes(canary.toLowerCase()))
}

/** Walks a route as the one it is for. */
async function walk(route: Route, member: Member): Promise<Answer> {
  const owner = await ownerVisit(stage, route, member)
  return ask(stage, route, owner, await fill(stage, route, member, owner))
}

test('every page answers the one it is for, shows nobody else, and is in the audit', async () => {
  for (const route of reads) {
    for (const member of [maria, elsewhere]) {
      const answer = await walk(route, member)
      expect(answer.status, `${nameOf(route)} ${answer.body.slice(0, 300)}`).toBe(200)
      const others = stage.troupe.members.filter(other =>
        route.kind === 'staff' ? other.practice.id !== member.practice.id : other !== member,
      )
      if (!route.path.startsWith('/dev/')) expect(await leaks(answer, others), nameOf(route)).toEqual([])
      if (route.audit === null) continue
      const looks = await looksOf(answer)
      expect(looks.length, nameOf(route)).toBeGreaterThan(0)
      const about = idsOf(route)[0]
      const { account, patient } = member.household
      for (const look of looks) {
        expect(look.what, nameOf(route)).toBe(route.audit)
        if (about || route.kind === 'patient') expect(look.account, nameOf(route)).toBe(account)
        if (about && (route.kind === 'staff' || about === 'bill')) expect(look.patient, nameOf(route)).toBe(patient)
      }
    }
  }
}, 120_000)

/** Who looked at what, of which household and at which of its people. */
async function looksOf(answer: Answer): Promise<{ what: string; account: string | null; patient: string | null }[]> {
  return stage.look('select what, account_id as account, patient_id as patient from audit.read where request = $1', [
    answer.headers.get('x-request-id'),
  ])
}

type Attack = { route: Route; as: string; visit: Visit; filled: Filled; swapped: string }

/** Somebody's own valid request with one id of another's in it, one at a time; and others at another's door. */
async function attacksOn(route: Route): Promise<Attack[]> {
  const attacks: Attack[] = []
  const victim = await ownerVisit(stage, route, maria)
  const theirs = await fill(stage, route, maria, victim)
  for (const attacker of [neighbour, elsewhere]) {
    const own = await ownerVisit(stage, route, attacker)
    const mine = await fill(stage, route, attacker, own)
    const as = `${route.kind} of ${attacker.practice.slug}`
    const isColleague = route.kind === 'staff' && attacker.practice.id === maria.practice.id
    for (const name of isColleague ? [] : idsOf(route))
      attacks.push({
        route,
        as,
        visit: own,
        swapped: name,
        filled: { ...mine, path: { ...mine.path, [name]: theirs.path[name] ?? '' } },
      })
    for (const field of fieldsOf(route)) {
      const isShared = isColleague && route.mints?.[field] === undefined
      if (theirs.form[field] === mine.form[field] || isShared) continue
      attacks.push({
        route,
        as,
        visit: own,
        swapped: field,
        filled: { ...mine, form: { ...mine.form, [field]: theirs.form[field] ?? '' } },
      })
    }
    if (attacker.practice.id !== maria.practice.id)
      attacks.push({
        route,
        as,
        visit: own,
        swapped: 'practice',
        filled: { ...mine, path: { ...mine.path, practice: maria.practice.slug } },
      })
  }
  const wrongRole = await visit(stage, route.kind === 'staff' ? maria : stage.troupe.staff[0])
  attacks.push({ route, as: 'another role', visit: wrongRole, swapped: 'session', filled: theirs })
  attacks.push({
    route,
    as: 'staff elsewhere',
    visit: await visit(stage, stage.troupe.staff[2]),
    swapped: 'session',
    filled: theirs,
  })
  attacks.push({
    route,
    as: 'patient elsewhere',
    visit: await visit(stage, elsewhere),
    swapped: 'session',
    filled: theirs,
  })
  attacks.push({ route, as: 'nobody', visit: await visit(stage, undefined), swapped: 'session', filled: theirs })
  return attacks
}

test("with another's ids, one at a time, as every role: refused, nothing changed, nothing shown", async () => {
  const attacked = new Map<string, Set<string>>()
  const guarded = routes.filter(route => !route.public)
  const before = await stateOf(stage)
  for (const route of guarded) {
    for (const attack of await attacksOn(route)) {
      const told = `${nameOf(route)} as ${attack.as}, ${attack.swapped} swapped`
      const answer = await ask(stage, route, attack.visit, attack.filled)
      if (attack.as === 'nobody') expect([303, ...REFUSED], told).toContain(answer.status)
      else expect(REFUSED, told).toContain(answer.status)
      if (answer.status === 303) expect(answer.location, told).toMatch(/^\/riverside(\/office)?(\?next=|$)/)
      expect(await leaks(answer, [maria]), told).toEqual([])
      attacked.set(nameOf(route), (attacked.get(nameOf(route)) ?? new Set()).add(attack.swapped))
    }
  }
  expect(await stateOf(stage)).toEqual(before)
  for (const route of guarded.filter(takesIds)) {
    const slots = [...idsOf(route), ...fieldsOf(route).filter(field => route.form?.[field]?.startsWith(':'))]
    for (const slot of slots) expect(attacked.get(nameOf(route))?.has(slot), `${nameOf(route)}: ${slot}`).toBe(true)
  }
}, 180_000)

/** Parameters that pages read, each with something of another's. */
function queriesOf({ household, paid, methods }: Member): URLSearchParams[] {
  const [bill = ''] = household.bills.slice(1)
  const pairs: Record<string, string>[] = [
    { bill },
    { patient: household.patient },
    { after: bill, show: 'all' },
    { mailed: bill, card: methods[0], done: 'saved' },
    { payment: paid, q: 'service', next: `/riverside/bills/${bill}` },
    { setup_intent: 'seti_x', session_id: 'cs_x', declined: 'card_declined' },
  ]
  return pairs.map(each => new URLSearchParams(each))
}

test("another's ids in the query of any page show nothing of theirs", async () => {
  for (const route of reads.filter(one => one.kind !== 'plain')) {
    const attacker = route.kind === 'staff' ? elsewhere : neighbour
    const own = await ownerVisit(stage, route, attacker)
    const address = pathOf(route, (await fill(stage, route, attacker, own)).path)
    for (const query of queriesOf(maria)) {
      const answer = await own.client.get(`${address}?${query}`)
      expect(answer.status, `${address}?${query}`).toBeLessThan(500)
      expect(await leaks({ ...answer, location: null }, [maria]), `${address}?${query}`).toEqual([])
    }
  }
}, 120_000)

/** All but guesses at a password, which count whatever becomes of them. */
const WATCHED = ['identity.allowance']

test('a read or change whose audit row cannot be written does not happen', async () => {
  await stage.look('revoke insert on audit.read, audit.event, audit.door, audit.passing from portico_app')
  try {
    for (const route of reads.filter(one => one.audit !== null)) {
      const answer = await walk(route, maria)
      expect(answer.status, nameOf(route)).toBe(500)
      expect(await leaks(answer, [maria]), nameOf(route)).toEqual([])
    }
    for (const route of acts.filter(one => one.audit !== null && one.kind !== 'raw')) {
      const owner = await ownerVisit(stage, route, maria)
      const filled = await fill(stage, route, maria, owner)
      const before = await stateOf(stage, WATCHED)
      const answer = await ask(stage, route, owner, filled)
      expect(answer.status, nameOf(route)).toBe(500)
      expect(await stateOf(stage, WATCHED), nameOf(route)).toEqual(before)
    }
  } finally {
    await stage.look('grant insert on audit.read, audit.event, audit.door, audit.passing to portico_app')
  }
}, 120_000)

test('every act succeeds for the one it is for, and says so in the audit', async () => {
  for (const route of acts) {
    const before = await countEvents()
    const answer = await walk(route, maria)
    expect([200, 303], `${nameOf(route)} ${answer.status} ${answer.body.slice(0, 2000)}`).toContain(answer.status)
    if (route.audit !== null && route.kind !== 'raw') expect(await countEvents(), nameOf(route)).toBeGreaterThan(before)
  }
}, 120_000)

async function countEvents(): Promise<number> {
  const [row] = await stage.look<{ n: number }>(
    'select ((select count(*) from audit.event) + (select coalesce(sum(times), 0) from audit.door))::int as n',
  )
  return row?.n ?? 0
}

test('the route table is printed with the gate of every route', async () => {
  const { run } = await import('../../src/cli/routes.ts')
  const printed: string[] = []
  await run([], { json: true, print: line => printed.push(line), warn: () => undefined })
  const listed = JSON.parse(printed.join('\n')) as Record<string, unknown>[]
  expect(listed).toHaveLength(routes.length)
  for (const route of listed)
    expect(route).toMatchObject({
      method: expect.stringMatching(/^(GET|POST)$/),
      path: expect.stringMatching(/^\//),
      room: expect.any(String),
      roles: expect.any(Array),
      public: expect.any(Boolean),
      csrf: expect.any(Boolean),
      form: route.body === 'form' ? expect.any(Object) : null,
    })
  const pay = listed.find(route => route.method === 'POST' && route.path === '/:practice/payments')
  expect(pay).toMatchObject({
    owner: 'account',
    csrf: true,
    body: 'form',
    limit: 'pay',
    audit: 'payment.start',
    form: { bill: ':bill' },
  })
})
