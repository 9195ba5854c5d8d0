import { afterAll, beforeAll, expect, test } from 'vitest'
import { deliver } from '../../test/support/letters.ts'
import { type Household, makeHousehold, makeWorld, query, type World } from '../../test/support/world.ts'
import { mailBill } from '../billing/mail-bill.ts'
import { recordGrant, recordLogin } from '../identity/logins.ts'
import { system, wholePractice } from '../kernel/actor.ts'
import { newId } from '../kernel/ids.ts'
import { transact } from '../platform/database.ts'
import { readMailbox } from '../platform/mail.ts'

let world: World
let household: Household
beforeAll(async () => {
  world = await makeWorld()
  household = await makeHousehold(world, [10000n])
  await query(world, `update billing.invoice set due_on = '2027-02-28' where id = $1`, [household.bills[0]])
  await transact(world.app.db, wholePractice(world.practice.id), async tx => {
    for (const locale of ['en', 'es'] as const) {
      const login = await recordLogin(tx, { email: `${locale}@example.org`, name: 'Maria Ortega', locale })
      const { account, patient } = household
      await recordGrant(tx, world.practice.id, { login, account, patient, kind: 'self', scope: 'record' })
    }
  })
}, 60_000)
afterAll(() => world?.end())

/** What the bill's mails say at an instant, by the languages of their readers. */
async function mailsAt(instant: string): Promise<{ en: string; es: string }> {
  const app = { ...world.app, now: () => Temporal.Instant.from(instant) }
  await mailBill(app, system(world.practice.id, 'test'), { ...household, id: household.bills[0] ?? newId('inv') })
  await deliver({ ...world, app }, world.practice.id, { type: 'invoice.mailed' })
  const textTo = async (locale: string) =>
    (await readMailbox(world.config.dataFolder, `${locale}@example.org`))[0]?.text
  return { en: (await textTo('en')) ?? '', es: (await textTo('es')) ?? '' }
}

test.each([
  ['the year before', '2026-12-01T12:00:00Z', 'It is due February 28, 2027.', 'Vence el 28 de febrero de 2027.'],
  [
    'late on its day, as the practice counts',
    '2027-03-01T04:30:00Z',
    'It is due February 28.',
    'Vence el 28 de febrero.',
  ],
  ['the day after', '2027-03-01T05:30:00Z', 'It was due February 28.', 'Venció el 28 de febrero.'],
  ['the year after', '2028-01-10T12:00:00Z', 'It was due February 28, 2027.', 'Venció el 28 de febrero de 2027.'],
])('a bill that is mailed %s says so', async (_, at, english, spanish) => {
  const mails = await mailsAt(at)
  expect(mails.en).toContain(english)
  expect(mails.es).toContain(spanish)
})

test('a bill is mailed to those alone who may see its patient', async () => {
  const brother = await makeHousehold(world, [3000n], world.practice, 'Ben', household.account)
  const { account, patient } = brother
  await transact(world.app.db, wholePractice(world.practice.id), async tx => {
    const login = await recordLogin(tx, { email: 'ben@example.org', name: 'Ben Ortega' })
    await recordGrant(tx, world.practice.id, { login, account, patient, kind: 'self', scope: 'record' })
  })
  const actor = system(world.practice.id, 'test')
  const mail = ({ patient, bills: [id = newId('inv')] }: Household) =>
    mailBill(world.app, actor, { account, patient, id })
  expect(await mail(brother)).toEqual(['ben@example.org'])
  expect((await mail(household)).sort()).toEqual(['en@example.org', 'es@example.org'])
  await deliver(world, world.practice.id, { type: 'invoice.mailed' })
  expect(await readMailbox(world.config.dataFolder, 'ben@example.org')).toHaveLength(1)
})

test('the bill of somebody who died goes to the payer in other words', async () => {
  await query(world, `update identity.patient set deceased = true where id = $1`, [household.patient])
  const mails = await mailsAt('2026-12-01T12:00:00Z')
  await query(world, `update identity.patient set deceased = false where id = $1`, [household.patient])
  expect(mails.en).toContain('We are sorry for your loss. The bill is due February 28, 2027')
  expect(mails.es).toContain('Lamentamos su pérdida. La factura vence el 28 de febrero de 2027')
  expect(mails.en).not.toContain('You have a bill')
})
