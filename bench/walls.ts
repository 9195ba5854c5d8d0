import { readRow } from '../src/audit/reads.ts'
import { selectInvoices } from '../src/billing/invoices.ts'
import { type PatientActor, scopeOf, system } from '../src/kernel/actor.ts'
import { recordDeskPayment } from '../src/payments/desk.ts'
import { closeDatabase, type Db, openDatabase, transact, write } from '../src/platform/database.ts'
import { makeStand, type Stand } from '../test/support/stand.ts'
import { makeVisitor, type Visitor } from '../test/support/visitors.ts'
import { makePractice } from '../test/support/world.ts'
import { compare, load, type Side } from './support/load.ts'
import { type Pace, paceOf, sayGoal, sayLoad, sayMachine } from './support/say.ts'

const CLIENTS = 8
const ROWS = 20
const SEASON_MS = 8_000

/**
 * What the walls cost: the same verb and the same read as the application's role, whom row-level security holds, and as the
 * superuser, whom it does not; for the read also with its audit row, which a commit has to bring to the disk.
 */
export async function run(words: string[]): Promise<boolean> {
  const pace = paceOf(words)
  const stand = await makeStand()
  const open = openDatabase(stand.superuserUrl, { name: 'no walls', size: CLIENTS })
  const walled = openDatabase(stand.config.databaseAppUrl ?? '', { name: 'walls', size: CLIENTS })
  try {
    return await measure(stand, walled, open, pace)
  } finally {
    await closeDatabase(open)
    await closeDatabase(walled)
    await stand.end()
  }
}

async function measure(stand: Stand, walled: Db, open: Db, pace: Pace): Promise<boolean> {
  const practice = await makePractice(stand.app, 'riverside', {})
  const visitors: Visitor[] = []
  for (let n = 0; n < CLIENTS; n++)
    visitors.push(await makeVisitor(stand.app, practice, [90_000_000n, ...Array(ROWS - 1).fill(1000n)]))
  // A store that has seen a first hour: its statements are planned once a connection, with walls and without.
  await load(CLIENTS, SEASON_MS, deskAct(stand, stand.app.db, visitors))
  await stand.look('analyze')
  sayMachine()
  const posting = await compare(
    desk(stand, walled, visitors),
    desk(stand, open, visitors),
    pace.rounds * 3,
    pace.milliseconds,
  )
  sayLoad('posting at the desk, walls on', posting.ours)
  sayLoad('posting at the desk, walls off', posting.other)
  const plain = bare(open, visitors)
  const read = await compare(reading(walled, visitors, false), plain, pace.rounds * 3, pace.milliseconds)
  sayLoad(`reading ${ROWS} rows, walls on`, read.ours)
  sayLoad(`reading ${ROWS} rows, walls off`, read.other)
  const audited = await compare(reading(walled, visitors, true), plain, pace.rounds, pace.milliseconds)
  sayLoad(`reading ${ROWS} rows, walls and audit on`, audited.ours)
  console.log(`reading with its audit row: ${audited.ratio.toFixed(2)} of the rate without either (no goal)`)
  const posts = sayGoal('posting, of the rate without walls', posting.ratio, { least: 0.85 })
  return sayGoal('reading, of the rate without walls', read.ratio, { least: 0.5 }) && posts
}

/** Cash at the desk: one transaction that receives and posts, no processor. */
function desk(stand: Stand, db: Db, visitors: readonly Visitor[]): Side {
  return { name: 'desk', measure: milliseconds => load(CLIENTS, milliseconds, deskAct(stand, db, visitors)) }
}

function deskAct({ app }: Stand, db: Db, visitors: readonly Visitor[]) {
  return async (n: number) => {
    const { practice, household, mint } = visitors[n] ?? fail()
    const order = { account: household.account, bills: [], amount: 123n, kind: 'cash' as const, reference: '' }
    await recordDeskPayment({ ...app, db }, system(practice.id, 'bench'), { ...order, payment: mint() })
  }
}

/** As a page does it: one transaction in the household's scope, with or without its audit row. */
function reading(db: Db, visitors: readonly Visitor[], audited: boolean): Side {
  const act = async (n: number) => {
    const actor = actorOf(visitors[n] ?? fail())
    await transact(db, scopeOf(actor), async tx => {
      if (audited) await write(tx, readRow(actor, { what: 'bench.read', account: actor.account }))
      return selectInvoices(actor.practice, actor.account, { limit: ROWS }).execute(tx)
    })
  }
  return { name: 'walled', measure: milliseconds => load(CLIENTS, milliseconds, act) }
}

function bare(db: Db, visitors: readonly Visitor[]): Side {
  const act = async (n: number) => {
    const { practice, household } = visitors[n] ?? fail()
    await selectInvoices(practice.id, household.account, { limit: ROWS }).execute(db.kysely)
  }
  return { name: 'bare', measure: milliseconds => load(CLIENTS, milliseconds, act) }
}

function actorOf({ practice, household }: Visitor): PatientActor {
  const { account, patient } = household
  const person = {
    login: 'usr_bench',
    session: 'bench',
    name: '',
    email: '',
    self: patient,
    steppedUpAt: null,
  } as const
  return { kind: 'patient', practice: practice.id, account, patients: [patient], ...person }
}

function fail(): never {
  throw new Error('every client is somebody')
}
