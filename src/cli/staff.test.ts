import { afterAll, beforeAll, expect, test } from 'vitest'
import { deliver } from '../../test/support/letters.ts'
import { makeWorld, query, type World } from '../../test/support/world.ts'
import { NOBODY } from '../identity/askers.ts'
import { signInStaff } from '../identity/sign-in.ts'
import { acceptInvitation, inviteStaff } from '../identity/staff.ts'
import { system } from '../kernel/actor.ts'
import { readMailbox } from '../platform/mail.ts'
import { invite, run } from './staff.ts'

let world: World
beforeAll(async () => {
  world = await makeWorld()
}, 60_000)
afterAll(() => world?.end())

const PASSWORD = 'four unrelated words'

async function inviting(email: string, { json = false, practice = 'riverside' } = {}): Promise<string> {
  const printed: string[] = []
  const io = { json, print: (line: string) => void printed.push(line), warn: () => undefined }
  expect(await invite(world.app, { email, practice }, io)).toBe(0)
  return printed.join('\n')
}

/** Sends what was announced and not told yet, as a worker does; answers the tokens that an address was sent, oldest first. */
async function tokensOf(email: string): Promise<string[]> {
  await deliver(world, world.practice.id, { type: 'staff.invited' })
  const mails = await readMailbox(world.config.dataFolder, email)
  return mails.map(mail => mail.links[0]?.split('/').at(-1) ?? '').reverse()
}

const inviteFirst = (email: string) =>
  inviteStaff(world.app, system(world.practice.id, 'test'), { email, name: 'Tom Becker', role: 'biller' })
const accept = (token = '') => acceptInvitation(world.app, world.practice.id, token, PASSWORD)

test('a new invitation is mailed, the old one ends at once, and the new one opens the office', async () => {
  const email = 'tom.becker@example.org'
  await inviteFirst(email)
  const [old] = await tokensOf(email)
  expect(await inviting(email)).toBe(`A new invitation to riverside goes to ${email}; a worker sends it.`)
  await expect(accept(old)).rejects.toThrow('link.gone')
  const tokens = await tokensOf(email)
  expect(tokens).toHaveLength(2)
  await accept(tokens[1])
  await expect(accept(tokens[1])).rejects.toThrow('link.gone')
  await signInStaff(world.app, world.practice.id, { email, password: PASSWORD, asker: NOBODY })
})

test('of several that would be mailed late, the last one alone is mailed, and works', async () => {
  const email = 'late@example.org'
  await inviteFirst(email)
  await inviting(email)
  await inviting(email)
  const tokens = await tokensOf(email)
  expect(tokens).toHaveLength(1)
  await accept(tokens[0])
})

test('whoever has a password keeps it until they choose another', async () => {
  const email = 'forgetful@example.org'
  await inviteFirst(email)
  await accept((await tokensOf(email))[0])
  const told = JSON.parse(await inviting(email, { json: true }))
  expect(told).toEqual({ practice: 'riverside', staff: expect.stringMatching(/^stf_/), email })
  await signInStaff(world.app, world.practice.id, { email, password: PASSWORD, asker: NOBODY })
})

test('who is no staff here, or has left, gets no mail but a sentence', async () => {
  const sentence = (email: string) => `Nobody with the address ${email} is staff at`
  await inviteFirst('left@example.org')
  await query(
    world,
    `update identity.staff set ended_at = now() where login_id =
    (select id from identity.login where email = 'left@example.org')`,
  )
  await inviteFirst('here@example.org')
  await expect(inviting('left@example.org')).rejects.toThrow(sentence('left@example.org'))
  await expect(inviting('nobody@example.org')).rejects.toThrow(sentence('nobody@example.org'))
  await expect(inviting('here@example.org', { practice: 'harbor' })).rejects.toThrow(sentence('here@example.org'))
  await expect(inviting('here@example.org', { practice: 'nowhere' })).rejects.toThrow('There is no practice nowhere.')
})

test.each([[['list']], [['invite']], [['invite', 'no address', '--practice', 'riverside']]])(
  'a command that cannot be done is a sentence (%#)',
  async args => {
    await expect(run(args, { json: false, print: () => undefined, warn: () => undefined })).rejects.toThrow(
      'It is portico staff invite EMAIL --practice S.',
    )
  },
)
