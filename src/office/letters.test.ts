import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Client, type Site, serveWorld, signInStaff } from '../../test/support/http.ts'
import { deliver } from '../../test/support/letters.ts'
import { makeHousehold, makeWorld, query, type World } from '../../test/support/world.ts'
import { mailBill } from '../billing/mail-bill.ts'
import { recordGrant, recordLogin } from '../identity/logins.ts'
import { system, wholePractice } from '../kernel/actor.ts'
import { TRIES } from '../notifications/messages.ts'
import { transact } from '../platform/database.ts'
import { openMailer } from '../platform/mail.ts'

let world: World
let site: Site
let staff: Client
beforeAll(async () => {
  world = await makeWorld()
  site = await serveWorld(world)
  staff = await signInStaff(world, site)
}, 60_000)
afterAll(async () => {
  await site?.stop()
  await world?.end()
})

/** A bill's letter to this address that no mail server ever took. */
async function giveUpLetter(email: string): Promise<void> {
  const { id: practice } = world.practice
  const { account, patient, bills } = await makeHousehold(world, [5000n])
  await transact(world.app.db, wholePractice(practice), async tx => {
    const login = await recordLogin(tx, { email, name: 'Maria Ortega' })
    await recordGrant(tx, practice, { login, account, patient, kind: 'self', scope: 'record' })
  })
  await mailBill(world.app, system(practice, 'test'), { id: bills[0] as `inv_${string}`, account, patient })
  const mailer = openMailer({ ...world.config, smtpUrl: 'smtp://127.0.0.1:1' })
  const deaf = { ...world, app: { ...world.app, mailer } }
  await deliver(deaf, practice, { type: 'invoice.mailed' })
  await query(world, `update notifications.message set tries = $1, next_at = now() where state = 'waiting'`, [
    TRIES - 1,
  ])
  await deliver(deaf, practice, { type: 'invoice.mailed' })
}

const list = async () => (await staff.get('/riverside/office/letters')).body
const home = async () => (await staff.get('/riverside/office/transactions')).body

test('staff see how many letters were given up, why, and take each off by saying that they saw it', async () => {
  expect(await home()).not.toContain('could not be sent')
  expect(await list()).toContain('Every letter was sent')
  await giveUpLetter('maria@example.org')
  await giveUpLetter('ben@example.org')
  expect(await home()).toContain('2 letters could not be sent')
  const shown = await list()
  expect(shown).toContain('The mail server could not be reached.')
  const [action = ''] = /\/riverside\/office\/letters\/msg_\w+\/seen/.exec(shown) ?? []
  const form = { _csrf: await staff.csrf('/riverside/office/letters') }
  const answer = await staff.post(action, form)
  expect([answer.status, answer.location]).toEqual([303, expect.stringMatching(/office\/letters\?seen=msg_/)])
  const after = (await staff.get(answer.location ?? '')).body
  expect(after).toContain('The letter is marked as seen.')
  expect(after).toContain('Seen by <bdi>Tom Becker</bdi>')
  expect(after.indexOf('ben@example.org') < after.indexOf('maria@example.org')).toBe(
    shown.indexOf('ben@example.org') > shown.indexOf('maria@example.org'),
  )
  expect(await home()).toContain('A letter could not be sent')
  // A second press changes nothing.
  expect((await staff.post(action, form)).status).toBe(303)
  expect(await query(world, `select from audit.event where type = 'letter.seen'`)).toHaveLength(1)
})

test('a letter that waits, or was sent, is not to be seen there', async () => {
  const [sent] = await query<{ id: string }>(
    world,
    `update notifications.message set state = 'sent', sent_at = now(), given_up_at = null, reason = null where state = 'given-up' returning id`,
  )
  const form = { _csrf: await staff.csrf('/riverside/office/letters') }
  expect((await staff.post(`/riverside/office/letters/${sent?.id}/seen`, form)).status).toBe(404)
})
