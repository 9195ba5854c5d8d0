import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { inviteStaff } from '../../src/identity/staff.ts'
import { work } from '../../src/jobs/worker.ts'
import { type OpenApp, openApp } from '../../src/main/app.ts'
import { routes } from '../../src/main/routes.ts'
import { subscribers } from '../../src/main/subscribers.ts'
import { readMailbox, type StoredMail } from '../../src/platform/mail.ts'
import { bankOf } from '../support/bank.ts'
import { type Answer, serveWorld } from '../support/http.ts'
import { countUntold } from '../support/letters.ts'
import { startMailServer } from '../support/mail-server.ts'
import { until } from '../support/settled.ts'
import type { Member } from '../support/troupe.ts'
import { ask, fill, nameOf, openStage, ownerVisit, type Stage } from '../support/walk.ts'
import { logFileOf } from '../support/world.ts'

/** What people type that is nobody's business but the page's. */
const TYPED = ['canarytyped one', 'canarytyped two', 'canarytyped three']

let stage: Stage
let mails: StoredMail[]
let lines: string[]
/** Names, addresses, titles of bills, what was typed, and every secret that was handed out. */
let secrets: string[]
/** How each route answered. */
const answers = new Map<string, Set<number>>()

beforeAll(async () => {
  stage = await openStage()
  await walkInProduction()
  await meetTrouble()
  await tellAll()
  mails = await readMailbox(stage.world.config.dataFolder)
  lines = readFileSync(logFileOf(stage.world.config), 'utf8').trim().split('\n')
  secrets = [...stage.troupe.members.flatMap(canariesOf), ...TYPED, ...(await handedOut())]
}, 180_000)
afterAll(() => stage?.end())

const canariesOf = ({ canaries, email }: Member) => [...canaries, email]
const idsOf = ({ household: { account, patient, bills }, paid, received, hosted, lost, methods }: Member): string[] => [
  ...[account, patient, paid, received, hosted, lost],
  ...bills,
  ...methods,
]
const found = (text: string, canaries: readonly string[]) =>
  canaries.filter(canary => text.toLowerCase().includes(canary.toLowerCase()))
/** What a mail carries that is of others than the one it goes to. */
const leaksOf = ({ to, subject, text, html }: Omit<StoredMail, 'at' | 'links'>) =>
  found(
    `${subject} ${text} ${html}`,
    stage.troupe.members.filter(({ email }) => email !== to).flatMap(other => [...canariesOf(other), ...idsOf(other)]),
  )

/** Every page and every act as the ones they are for, in the mode in which each answer has its line. */
async function walkInProduction(): Promise<void> {
  const { world } = stage
  const config = { ...world.config, mode: 'production' as const }
  const site = await serveWorld({ ...world, app: { ...world.app, config } })
  const there = { ...stage, site }
  for (const route of [...routes].sort(one => (one.method === 'GET' ? -1 : 1)))
    for (const member of stage.troupe.members) {
      const owner = await ownerVisit(there, route, member)
      const { path, form } = await fill(there, route, member, owner)
      keep(nameOf(route), await ask(there, route, owner, { path, form: { ...form, ...typedInto(form) } }))
      const query = new URLSearchParams({ q: TYPED[2] ?? '', next: `/${TYPED[2]}`, declined: TYPED[2] ?? '' })
      if (route.method === 'GET') await owner.client.get(`/${member.practice.slug}/bills?${query}`)
    }
  await site.stop()
}

function keep(name: string, { status }: Answer): void {
  answers.set(name, (answers.get(name) ?? new Set()).add(status))
}

const typedInto = (form: Readonly<Record<string, string>>) => ({
  ...('reason' in form ? { reason: TYPED[0] ?? '' } : {}),
  ...('reference' in form ? { reference: TYPED[1] ?? '' } : {}),
})

/** A database that refuses what is to be written, a mail server that quotes whom it refuses, a card that is declined. */
async function meetTrouble(): Promise<void> {
  const { troupe, world } = stage
  const [maria] = troupe.members
  if (!maria) throw new Error('the troupe is empty')
  await stage.look(`alter table audit.event add constraint refused check (type not like 'refund.%') not valid`)
  await stage.look('revoke insert on audit.read from portico_app')
  for (const route of routes.filter(one => !one.public)) {
    const owner = await ownerVisit(stage, route, maria)
    await ask(stage, route, owner, await fill(stage, route, maria, owner))
  }
  await stage.look('grant insert on audit.read to portico_app')
  await stage.look('alter table audit.event drop constraint refused')
  const { household, practice } = maria
  await bankOf(world, practice).pay({ account: household.account, amount: 100n, card: 'pm_card_chargeDeclined' })
  const order = { email: 'newcomer@example.org', name: 'New Comer', role: 'biller' as const }
  await inviteStaff(world.app, bankOf(world, practice).actor, order)
}

/** Everything announced is told: first to a mail server that takes nobody, then to the mailbox. */
async function tellAll(): Promise<void> {
  const refusing = await startMailServer(() => false)
  const deaf = await openWorker({ smtpUrl: refusing.url })
  const failing = await work(deaf, subscribers)
  await until(async () => (readLog().includes('a letter could not be sent') ? true : undefined), 'a mail was refused')
  await failing.stop()
  await deaf.close()
  await refusing.stop()
  await stage.look(`update pgboss.job set start_after = now() where state in ('retry', 'created')`)
  await stage.look(`update notifications.message set next_at = now() where state = 'waiting'`)
  const worker = await openWorker({})
  const working = await work(worker, subscribers)
  await until(async () => ((await countUntold(stage.world)) === 0 ? true : undefined), 'everybody was told')
  await working.stop()
  await worker.close()
}

const readLog = () => readFileSync(logFileOf(stage.world.config), 'utf8')

function openWorker(change: { smtpUrl?: string }): Promise<OpenApp> {
  const { config, database } = stage.world
  const { appUrl, queueUrl } = database
  return openApp(
    { ...config, ...change },
    { appUrl, queueUrl, name: 'worker', worker: true, logFile: logFileOf(config) },
  )
}

/** Session tokens, and what mails carried: links and codes. */
async function handedOut(): Promise<string[]> {
  const sessions = await stage.look<{ token: string }>('select token from identity.session')
  const links = mails.flatMap(mail => mail.links).map(link => link.split('/').at(-1) ?? '')
  const codes = mails.flatMap(mail => mail.text.match(/^\d{6}$/gm) ?? [])
  return [...sessions.map(({ token }) => token), ...links.filter(token => token.length > 30), ...codes]
}

test('every route was walked with success, and everybody was written to about everything', async () => {
  for (const route of routes.filter(one => !one.path.startsWith('/dev/') && one.path !== '/'))
    expect(Math.min(...(answers.get(nameOf(route)) ?? [999])), nameOf(route)).toBeLessThan(400)
  const kinds = await stage.look<{ kind: string }>('select distinct kind from notifications.message order by kind')
  const all = ['bill', 'code', 'declined', 'invitation', 'link', 'receipt', 'refund']
  expect(kinds.map(({ kind }) => kind)).toEqual(all)
  for (const { email } of stage.troupe.members)
    expect(mails.filter(mail => mail.to === email).length, email).toBeGreaterThan(2)
})

test('no mail carries anything of another person', () => {
  for (const mail of mails) expect(leaksOf(mail), `${mail.subject} to ${mail.to}`).toEqual([])
  for (const member of stage.troupe.members) {
    const own = mails.filter(({ to }) => to === member.email).map(({ text, html }) => `${text} ${html}`)
    expect(
      found(own.join(' '), idsOf(member)).length,
      `mails to ${member.email} lead to what is theirs`,
    ).toBeGreaterThan(1)
    // A mail is read by whoever holds the phone: not even its own reader's bills are named in it.
    expect(found(own.join(' '), member.canaries)).toEqual([])
  }
})

test('the log has a line for every route and for every trouble', () => {
  const said = lines.map(line => JSON.parse(line) as { msg: string; route?: string; error?: object })
  const answered = new Set(said.filter(({ msg }) => msg === 'answered').map(({ route }) => route))
  for (const route of routes) expect(answered.has(route.path), route.path).toBe(true)
  const failures = said.filter(({ error }) => error !== undefined)
  expect(failures.filter(({ msg }) => msg === 'a request failed').length).toBeGreaterThan(10)
  expect(failures.filter(({ msg }) => msg.startsWith('a letter could not be sent')).length).toBeGreaterThan(0)
})

test('no name, address, bill, typed word, token or code stands in the log', () => {
  expect(secrets.length).toBeGreaterThan(50)
  for (const line of lines) expect(found(line, secrets), line).toEqual([])
})

test('what is planted in a mail or in the log is found', async () => {
  const [maria, neighbour] = stage.troupe.members
  if (!maria || !neighbour) throw new Error('the troupe is too small')
  const letter = { to: maria.email, subject: 'Your bill', text: 'See your bill', html: '<p>See your bill</p>' }
  expect(leaksOf({ ...letter, text: `${maria.canaries[0]} owes` })).toEqual([])
  expect(leaksOf({ ...letter, html: `<p>${neighbour.canaries[0]?.toUpperCase()} owes</p>` })).not.toEqual([])
  const { log } = stage.world.app
  for (const planted of [maria.email, TYPED[0], secrets.at(-1)]) log.error(`about ${planted}`)
  expect(
    readLog()
      .trim()
      .split('\n')
      .slice(-3)
      .map(line => found(line, secrets).length > 0),
  ).toEqual([true, true, true])
})

test('an error leaves its kind and place in the log, and of its words what names nobody', async () => {
  const { log } = stage.world.app
  const told = (error: unknown) => {
    log.error('planted', { error })
    return readLog().trim().split('\n').at(-1) ?? ''
  }
  const { email, canaries } = stage.troupe.members[0] as Member
  const coded = Object.assign(new Error(`550 ${email} unknown`), { code: 'EENVELOPE' })
  const unread = (() => {
    try {
      return JSON.parse(`{"name": ${canaries[0]}}`)
    } catch (error) {
      return error
    }
  })()
  for (const error of [
    coded,
    unread,
    new Error(`no mail for <${email}>`),
    new Error(`cut off at "${canaries[0]}`),
    email,
  ])
    expect(found(told(error), secrets)).toEqual([])
  expect(told(coded)).toContain('EENVELOPE')
  expect(told(new Error('broken promise: a payment stays'))).toContain('broken promise: a payment stays')
  expect(told(new Error('broken promise: a payment stays'))).toContain('canaries.test.ts')
})
