import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { type Bank, bankOf } from '../../test/support/bank.ts'
import { deliver } from '../../test/support/letters.ts'
import { type MailServer, startMailServer } from '../../test/support/mail-server.ts'
import { type Household, logFileOf, makeHousehold, makeWorld, query, type World } from '../../test/support/world.ts'
import { mailBill } from '../billing/mail-bill.ts'
import { recordGrant, recordLogin } from '../identity/logins.ts'
import { openMailer } from '../platform/mail.ts'
import type { PaymentsApp } from '../processor/processor.ts'
import { TRIES } from './messages.ts'
import { sendLetters } from './send-letters.ts'

let world: World
let bank: Bank
let server: MailServer
/** The world's app with a real mail server. */
let app: PaymentsApp
let household: Household
/** Whom the mail server does not know. */
const unknown = new Set<string>()

beforeAll(async () => {
  world = await makeWorld()
  bank = bankOf(world)
  server = await startMailServer(address => !unknown.has(address))
  const config = { ...world.config, smtpUrl: server.url }
  app = { ...world.app, config, mailer: openMailer(config) }
}, 60_000)
afterAll(async () => {
  await server?.stop()
  await world?.end()
})

beforeEach(async () => {
  unknown.clear()
  await query(world, `update notifications.message set state = 'dropped', next_at = null where state = 'waiting'`)
  household = await makeHousehold(world, [9000n])
  server.taken.length = 0
})

/** People who may pay for the household. */
async function addPayers(...names: string[]): Promise<string[]> {
  const { account, patient } = household
  const emails = names.map(name => `${name}.${patient}@example.org`)
  await bank.read(async tx => {
    for (const email of emails) {
      const login = await recordLogin(tx, { email, name: 'Maria Ortega' })
      await recordGrant(tx, bank.practice, { login, account, patient, kind: 'self', scope: 'record' })
    }
  })
  return emails
}

const mailIt = async () => {
  await mailBill(app, bank.actor, { ...household, id: household.bills[0] as `inv_${string}` })
  await hear()
}
const hear = () =>
  deliver({ ...world, app }, bank.practice, { type: 'invoice.mailed', subject: household.bills[0] ?? '' })
const rowsOf = () =>
  query<{ recipient: string; state: string; tries: number; reason: string | null; seconds: number }>(
    world,
    `select recipient, state, tries, reason, extract(epoch from next_at - now())::float as seconds
      from notifications.message where account_id = $1 order by recipient`,
    [household.account],
  )
const takenBy = (address: string) => server.taken.filter(({ to }) => to === address)
/** What waits is due, and sent. */
async function sendWaiting(): Promise<void> {
  await query(world, `update notifications.message set next_at = now() where state = 'waiting'`)
  await sendLetters(app, bank.practice)
}
const idOf = (text: string) => /^Message-ID: (\S+)/im.exec(text)?.[1]

test('a letter that cannot be sent holds up nobody else, and repeats nobody else’s', async () => {
  const [ana = '', ben = ''] = await addPayers('ana', 'ben')
  unknown.add(ana)
  await mailIt()
  await hear()
  await sendWaiting()
  expect(await rowsOf()).toEqual([
    expect.objectContaining({ recipient: ana, state: 'waiting', tries: 2, reason: 'address' }),
    expect.objectContaining({ recipient: ben, state: 'sent', tries: 1, reason: null }),
  ])
  unknown.clear()
  await sendWaiting()
  expect([takenBy(ana).length, takenBy(ben).length]).toEqual([1, 1])
})

test('its pauses grow, from seconds to an hour', async () => {
  const [ana = ''] = await addPayers('ana')
  unknown.add(ana)
  await mailIt()
  const pauseAfter = async (tries: number) => {
    await query(world, 'update notifications.message set tries = $1 where account_id = $2', [
      tries - 1,
      household.account,
    ])
    await sendWaiting()
    return (await rowsOf())[0]?.seconds ?? 0
  }
  const first = await pauseAfter(1)
  const fifth = await pauseAfter(5)
  const thirtieth = await pauseAfter(30)
  expect(first).toBeGreaterThan(1)
  expect(first).toBeLessThan(6)
  expect(fifth).toBeGreaterThan(30)
  expect(fifth).toBeLessThan(90)
  expect(thirtieth).toBeGreaterThan(2000)
  expect(thirtieth).toBeLessThan(4600)
})

test('after the last try it is given up with its reason, and the log says so without naming anybody', async () => {
  const [ana = '', ben = ''] = await addPayers('ana', 'ben')
  unknown.add(ana).add(ben)
  await mailIt()
  await query(world, 'update notifications.message set tries = $1 where recipient = $2', [TRIES - 2, ana])
  await query(world, 'update notifications.message set tries = $1 where recipient = $2', [TRIES - 1, ben])
  await sendWaiting()
  expect((await rowsOf()).map(({ state }) => state)).toEqual(['waiting', 'given-up'])
  await sendWaiting()
  expect(await rowsOf()).toEqual([
    expect.objectContaining({ recipient: ana, state: 'given-up', tries: TRIES, reason: 'address' }),
    expect.objectContaining({ recipient: ben, state: 'given-up', tries: TRIES, reason: 'address' }),
  ])
  unknown.clear()
  await sendWaiting()
  expect(server.taken).toEqual([])
  const log = readFileSync(logFileOf(world.config), 'utf8')
  expect(log.match(/a letter was given up after 40 tries: address/g)).toHaveLength(2)
  expect(log).not.toContain('@example.org')
})

test('one whose sender died at every try is given up too', async () => {
  await addPayers('ana')
  await mailIt()
  const left = `update notifications.message set state = 'waiting', sent_at = null, tries = $1, next_at = now() where account_id = $2`
  await query(world, left, [TRIES, household.account])
  server.taken.length = 0
  await sendLetters(app, bank.practice)
  expect(await rowsOf()).toEqual([expect.objectContaining({ state: 'given-up', reason: 'died' })])
  expect(server.taken).toEqual([])
})

test('a letter that is sent again, because its sender died, is the same message to a mailbox', async () => {
  const [ana = ''] = await addPayers('ana')
  await mailIt()
  const left = `update notifications.message set state = 'waiting', sent_at = null where account_id = $1`
  await query(world, left.replace('null', 'null, next_at = now()'), [household.account])
  await sendLetters(app, bank.practice)
  const ids = takenBy(ana).map(({ text }) => idOf(text))
  expect(ids).toHaveLength(2)
  expect(ids[0]).toMatch(/^<msg_[0-9a-z]{26}@127\.0\.0\.1>$/)
  expect(ids[1]).toBe(ids[0])
  expect(takenBy(ana).map(({ text }) => /link\/[\w-]+/.exec(text)?.[0])).toEqual([expect.anything(), expect.anything()])
})

test('many workers at once send each letter once', async () => {
  const emails = await addPayers('ana', 'ben', 'cat', 'dan', 'eva', 'fay', 'gil', 'hal')
  for (const email of emails) unknown.add(email)
  await mailIt()
  unknown.clear()
  await query(world, `update notifications.message set next_at = now() where state = 'waiting'`)
  await Promise.all(Array.from({ length: 4 }, () => sendLetters(app, bank.practice)))
  expect(server.taken.map(({ to }) => to).sort()).toEqual(emails.toSorted())
})

test('what nobody needs any more is not sent, and says so', async () => {
  const [ana = ''] = await addPayers('ana')
  unknown.add(ana)
  await mailIt()
  unknown.clear()
  await bank.pay({ account: household.account, amount: 9000n })
  await sendWaiting()
  expect(await rowsOf()).toEqual([expect.objectContaining({ state: 'dropped', seconds: null })])
  expect(server.taken).toEqual([])
})
