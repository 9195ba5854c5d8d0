import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { hear } from '../../src/audit/subscribers.ts'
import { countOverdue, listPracticesToCount } from '../../src/billing/overdue.ts'
import { checkLedger } from '../../src/books/check.ts'
import { pruneLinks } from '../../src/identity/prune.ts'
import { queueDue } from '../../src/jobs/schedule.ts'
import { type EventId, newId } from '../../src/kernel/ids.ts'
import { subscribers } from '../../src/main/subscribers.ts'
import { listPracticesWithLetters } from '../../src/notifications/messages.ts'
import { sendLetters } from '../../src/notifications/send-letters.ts'
import { closeDays } from '../../src/payments/collected.ts'
import { TRANSACTION_STATUSES } from '../../src/payments/transactions.ts'
import { processInbox } from '../../src/recovery/inbox.ts'
import { listPracticesWithReturnsDue, lookForReturns } from '../../src/recovery/look-for-returns.ts'
import { listPracticesDue, recoverPractice } from '../../src/recovery/recover.ts'
import { makeCrowd, makeOpenBills } from '../support/crowd.ts'
import { until } from '../support/settled.ts'
import { listPages, openStage, type Page, type Stage } from '../support/walk.ts'

const HOUSEHOLDS = 20_000
/** What a page may read of one table in one go: its own rows, and never a practice's. */
const MOST_ROWS = 1_000

/** Every plan made for the app arrives as a notice, with what each of its steps read. */
const EXPLAINED: Record<string, string> = {
  session_preload_libraries: 'auto_explain',
  'auto_explain.log_min_duration': '0',
  'auto_explain.log_analyze': 'on',
  'auto_explain.log_timing': 'off',
  'auto_explain.log_verbose': 'on',
  'auto_explain.log_format': 'json',
  'auto_explain.log_nested_statements': 'on',
  'auto_explain.log_level': 'notice',
}

type Node = {
  'Node Type': string
  Schema?: string
  'Relation Name'?: string
  'Actual Rows'?: number
  'Actual Loops'?: number
  'Rows Removed by Filter'?: number
  'Rows Removed by Index Recheck'?: number
  Plans?: Node[]
}
type Plan = { 'Query Text': string; Plan: Node }

let stage: Stage
let plans: Plan[] = []

beforeAll(async () => {
  stage = await openStage()
  const { world, look } = stage
  await makeCrowd(world.database.superuserUrl, world.practice, { households: HOUSEHOLDS })
  const [member] = stage.troupe.members
  if (!member) throw new Error('the troupe is empty')
  await makeOpenBills(world.database.superuserUrl, world.practice, { ...member.household, bills: 3_000 })
  await countOverdue(world.app, world.practice.id)
  await closeDays(world.app, world.practice.id)
  const [database] = await look<{ name: string }>('select current_database() as name')
  for (const [name, value] of Object.entries(EXPLAINED))
    await look(`alter role portico_app in database ${database?.name} set ${name} = ${pg.escapeLiteral(value)}`)
  const { pool } = world.app.db
  pool.on('connect', client => client.on('notice', notice => plans.push(...plansIn(notice.message ?? ''))))
  await look(
    `select pg_terminate_backend(pid) from pg_stat_activity where usename = 'portico_app' and datname = current_database()`,
  )
  await until(async () => (pool.totalCount === 0 ? true : undefined), 'the connections without plans are gone')
}, 240_000)
afterAll(() => stage?.end())

function plansIn(notice: string): Plan[] {
  const at = notice.indexOf('{')
  return at < 0 ? [] : [JSON.parse(notice.slice(at))]
}

/** The steps of a plan that read a table further than a page may. */
function wideReads({ 'Query Text': query, Plan }: Plan): string[] {
  // Who settles or pays locks all of a household's open bills.
  if (query.endsWith('for update')) return []
  const found: string[] = []
  const walk = (node: Node) => {
    const read =
      (node['Actual Rows'] ?? 0) + (node['Rows Removed by Filter'] ?? 0) + (node['Rows Removed by Index Recheck'] ?? 0)
    const rows = Math.round(read * (node['Actual Loops'] ?? 1))
    if (node['Relation Name'] && rows > MOST_ROWS)
      found.push(
        `${rows} rows of ${node.Schema}.${node['Relation Name']} by ${node['Node Type']} in: ${query.replace(/\s+/g, ' ').slice(0, 300)}`,
      )
    node.Plans?.forEach(walk)
  }
  walk(Plan)
  return found
}

/** What was read too widely while something was done, and how many plans were seen. */
async function watched(work: () => Promise<unknown>): Promise<{ wide: string[]; seen: number }> {
  plans = []
  await work()
  return { wide: [...new Set(plans.flatMap(wideReads))], seen: plans.length }
}

/** What a page may be asked for besides: another page, a filter. Searches by words read more, and are bounded otherwise. */
const ASKED: Record<string, readonly string[]> = {
  'GET /:practice/bills': ['show=all', 'show=paid', 'after=:bill', 'show=all&after=:bill'],
  'GET /:practice/payments': ['after=:payment'],
  'GET /:practice/payments/new': ['bill=:bill'],
  'GET /:practice/office/patients': ['after=:patient'],
  'GET /:practice/office/transactions': [
    'days=all',
    'days=all&after=:payment',
    'days=today',
    ...TRANSACTION_STATUSES.flatMap(status => [`status=${status}`, `status=${status}&days=all`]),
  ],
}

function addressesOf({ name, path }: Page): string[] {
  const [member] = stage.troupe.members
  const ids: Record<string, string | undefined> = {
    bill: member?.open[1],
    payment: member?.paid,
    patient: `pat_${'15000'.padStart(26, '0')}`,
  }
  const filled = (query: string) => query.replace(/:(\w+)/g, (_all, id: string) => ids[id] ?? '')
  return [path, ...(ASKED[name] ?? []).map(query => `${path}?${filled(query)}`)]
}

test('no page of the route table reads more of a table than it shows', { timeout: 120_000 }, async () => {
  const found: Record<string, string[]> = {}
  for (const page of await listPages(stage))
    for (const address of addressesOf(page)) {
      const { wide, seen } = await watched(async () => {
        expect((await page.visit.client.get(address)).status, address).toBe(200)
      })
      if (wide.length > 0) found[`${page.name} ${address}`] = wide
      if (address.startsWith(`/${stage.world.practice.slug}`)) expect(seen, address).toBeGreaterThan(0)
    }
  expect(found).toEqual({})
})

test('no sweep of the worker reads more of a table than it works on', async () => {
  const { world, troupe } = stage
  const { app, practice } = world
  const [payment] = troupe.members.map(({ paid }) => paid)
  const { wide, seen } = await watched(async () => {
    await listPracticesDue(app)
    await recoverPractice(app, practice.id, { all: true })
    await listPracticesWithReturnsDue(app)
    await lookForReturns(app, practice.id)
    await processInbox(app)
    await queueDue(app)
    await listPracticesToCount(app)
    await closeDays(app, practice.id)
    await pruneLinks(app, practice.id)
    await hear(app, subscribers, { practice: practice.id, event: await eventOf(payment ?? '') })
    await listPracticesWithLetters(app)
    await sendLetters(app, practice.id)
  })
  expect(wide).toEqual([])
  expect(seen).toBeGreaterThan(10)
})

async function eventOf(subject: string): Promise<EventId> {
  const [event] = await stage.look<{ id: EventId }>(
    `select id from audit.event where subject = $1 and type = 'payment.succeeded'`,
    [subject],
  )
  return event?.id ?? newId('evt')
}

test('the books of a crowd agree, and so do the numbers that were counted of them', { timeout: 60_000 }, async () => {
  const { differences } = await checkLedger(stage.world.app, stage.world.practice.id)
  expect(differences).toEqual([])
})
