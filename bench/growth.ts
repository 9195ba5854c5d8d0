import { countOverdue } from '../src/billing/overdue.ts'
import { startSession } from '../src/identity/sessions.ts'
import { inviteStaff } from '../src/identity/staff.ts'
import { system } from '../src/kernel/actor.ts'
import { closeDays } from '../src/payments/collected.ts'
import type { Practice } from '../src/practice/practices.ts'
import { makeCrowd, makeOpenBills } from '../test/support/crowd.ts'
import { untilServing } from '../test/support/processes.ts'
import { makeStand, type Stand } from '../test/support/stand.ts'
import { makeVisitor, type Visitor } from '../test/support/visitors.ts'
import { makePractice } from '../test/support/world.ts'
import { compare, load, type Side } from './support/load.ts'
import { ask, payByForm } from './support/paying.ts'
import { type Pace, paceOf, sayGoal, sayLoad, sayMachine } from './support/say.ts'

const CLIENTS = 2
const ROWS = 50
const MANY = 10_000
const BILLS_EACH = 4

/** One practice of so many invoices, served, with somebody of its household and somebody of its staff. */
type Place = { stand: Stand; invoices: number; practice: Practice; payer: Visitor; staff: string }

/**
 * The same pages and the same payment in a practice of a thousand invoices and in one of a million (a hundred thousand without
 * `--full`), each a store of its own; and the pages of a household with ten thousand open bills beside one with fifty.
 */
export async function run(words: string[]): Promise<boolean> {
  const pace = paceOf(words)
  const stands: Stand[] = []
  const places: Place[] = []
  try {
    for (const invoices of [1_000, pace.full ? 1_000_000 : 100_000]) {
      const stand = await makeStand()
      stands.push(stand)
      places.push(await makePlace(stand, invoices))
    }
    return await measure(places, pace)
  } finally {
    for (const stand of stands) await stand.end()
  }
}

async function makePlace(stand: Stand, invoices: number): Promise<Place> {
  await stand.sandbox.control('webhooks', { mode: 'never' })
  const practice = await makePractice(stand.app, 'riverside', {})
  await makeCrowd(stand.superuserUrl, practice, { households: invoices / BILLS_EACH, bills: BILLS_EACH })
  const payer = await makeVisitor(stand.app, practice, [90_000_000n, ...Array(ROWS - 1).fill(12_345n)])
  const actor = system(practice.id, 'bench')
  const order = { email: 'biller@example.org', name: 'Tom Becker', role: 'biller', announce: false } as const
  const { login } = await inviteStaff(stand.app, actor, order)
  const staff = `portico=${encodeURIComponent(await startSession(stand.app, login, 'password'))}`
  // As the worker of such a practice has done.
  await closeDays(stand.app, practice.id)
  await countOverdue(stand.app, practice.id)
  stand.start('app', ['serve'], { PORT: String(stand.ports[0]) })
  await untilServing(stand.ports[0] ?? 0)
  return { stand, invoices, practice, payer, staff }
}

async function measure([small, large]: readonly Place[], pace: Pace): Promise<boolean> {
  if (!small || !large) throw new Error('two places are compared')
  sayMachine()
  const held: boolean[] = []
  for (const [what, side] of Object.entries(SIDES)) {
    const found = await compare(side(large), side(small), pace.rounds, pace.milliseconds)
    sayLoad(`${what}, ${small.invoices.toLocaleString('en')} invoices`, found.other)
    sayLoad(`${what}, ${large.invoices.toLocaleString('en')} invoices`, found.ours)
    const goal = { most: 1.5 }
    held.push(sayGoal(`${what}, p50 as a multiple`, found.ours.p50 / found.other.p50, goal))
    held.push(sayGoal(`${what}, p99 as a multiple`, found.slower, goal))
  }
  return (await measureMany(small, pace)) && held.every(Boolean)
}

/** One household with ten thousand open bills beside one with fifty, in the small practice. */
async function measureMany(place: Place, pace: Pace): Promise<boolean> {
  const { stand, practice } = place
  const many = { ...place, payer: await makeVisitor(stand.app, practice, []) }
  await makeOpenBills(stand.superuserUrl, practice, { ...many.payer.household, bills: MANY })
  const held: boolean[] = []
  for (const [what, path] of Object.entries({ home: 'home', bills: 'bills', 'pay form': 'payments/new' })) {
    const found = await compare(page(path)(many), page(path)(place), pace.rounds, pace.milliseconds)
    sayLoad(`${what}, ${ROWS} open bills`, found.other)
    sayLoad(`${what}, ${MANY.toLocaleString('en')} open bills`, found.ours)
    held.push(sayGoal(`${what}, p50 as a multiple`, found.ours.p50 / found.other.p50, { most: 1.2 }))
    held.push(sayGoal(`${what}, p99 as a multiple`, found.slower, { most: 1.2 }))
  }
  return held.every(Boolean)
}

const page = (path: string) => (place: Place) => side(() => get(place, path, place.payer.cookie))
const office = (path: string) => (place: Place) => side(() => get(place, `office/${path}`, place.staff))
const SIDES: Record<string, (place: Place) => Side> = {
  home: page('home'),
  bills: page('bills'),
  'office, transactions': office('transactions'),
  'office, patients': office('patients'),
  'one payment': ({ stand, payer }) => side(() => payByForm(stand, payer)),
}

function side(act: () => Promise<void>): Side {
  return { name: 'growth', measure: milliseconds => load(CLIENTS, milliseconds, act) }
}

async function get({ stand, practice }: Place, path: string, cookie: string): Promise<void> {
  const { status } = await ask(`${stand.config.url}/${practice.slug}/${path}`, {
    headers: { Cookie: cookie, Accept: 'text/html' },
  })
  if (status !== 200) throw new Error(`${path} was answered with ${status}`)
}
