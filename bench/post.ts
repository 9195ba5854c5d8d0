import pg from 'pg'
import { freePort } from '../src/main/ports.ts'
import { type Process, untilServing } from '../test/support/processes.ts'
import { makeStand, type Stand } from '../test/support/stand.ts'
import type { Visitor } from '../test/support/visitors.ts'
import { compare, load, type Side } from './support/load.ts'
import { ask, makePayers, payByForm, referencePayment, startReference } from './support/paying.ts'
import type { ReferencePayment } from './support/reference.ts'
import { type Pace, paceOf, sayGoal, sayLoad, sayMachine } from './support/say.ts'

const MOST_CLIENTS = 32

/**
 * Payments over HTTP: session, token, row-level security, key, audit, two commits and a settle, and the sandbox. Beside it a
 * bare handler that does two commits of the same rows and the same call, and a loop of one minimal function.
 */
export async function run(words: string[]): Promise<boolean> {
  const pace = paceOf(words)
  const stand = await makeStand()
  try {
    return await measure(stand, pace)
  } finally {
    await stand.end()
  }
}

async function measure(stand: Stand, pace: Pace): Promise<boolean> {
  // The processor's own webhooks are work for a worker, and would come for the reference's payments too.
  await stand.sandbox.control('webhooks', { mode: 'never' })
  const together = await makePayers(stand, 1, MOST_CLIENTS, 'one')
  const spread = await makePayers(stand, MOST_CLIENTS, 1, 'many')
  const port = await freePort(0, '127.0.0.1', 'PORT')
  const reference = await startReference(stand, port)
  const app = await startSeasoned(stand, spread)
  const known = await Promise.all(spread.map(payer => referencePayment(stand, payer)))
  sayMachine()
  const oursSpread = (clients: number) => paying('spread over practices', stand, spread, clients)
  const oursTogether = (clients: number) => paying('all to one practice', stand, together, clients)
  const bare = (clients: number) => referring(port, known, clients)
  const rates = []
  for (const clients of [1, 8, MOST_CLIENTS]) {
    const against = await compare(
      oursSpread(clients),
      bare(clients),
      pace.rounds * (clients === 8 ? 3 : 1),
      pace.milliseconds,
    )
    const one = await compare(
      oursTogether(clients),
      oursSpread(clients),
      pace.rounds * (clients === 1 ? 1 : 2),
      pace.milliseconds,
    )
    sayLoad(`${clients} clients, spread over practices`, against.ours)
    sayLoad(`${clients} clients, bare handler`, against.other)
    sayLoad(`${clients} clients, all to one practice`, one.ours)
    rates.push({ clients, against, one })
  }
  await sayLoop(stand, known, pace)
  app.signal('SIGKILL')
  reference.signal('SIGKILL')
  return rates
    .flatMap(({ clients, against, one }) => [
      ...(clients === 8
        ? [
            sayGoal('8 clients, of the bare handler', against.ratio, { least: 0.6 }),
            sayGoal('8 clients, p99 as a multiple', against.slower, { most: 4 }),
          ]
        : []),
      ...(clients > 1 ? [sayGoal(`${clients} clients, one practice of spread`, one.ratio, { least: 0.9 })] : []),
    ])
    .every(met => met)
}

/** A store that has seen some hundred payments and whose tables were analyzed, as after a first hour; the app started on it, and warm. */
async function startSeasoned(stand: Stand, payers: readonly Visitor[]): Promise<Process> {
  const first = await startApp(stand)
  await payMany(stand, payers, 300)
  first.signal('SIGTERM')
  await first.ended
  await stand.look('analyze')
  const app = await startApp(stand)
  await payMany(stand, payers, 600)
  return app
}

async function startApp(stand: Stand): Promise<Process> {
  const app = stand.start('app', ['serve'], { PORT: String(stand.ports[0]) })
  await untilServing(stand.ports[0] ?? 0)
  return app
}

async function payMany(stand: Stand, payers: readonly Visitor[], count: number): Promise<void> {
  let left = count
  const pay = async (payer: Visitor) => {
    while (left-- > 0) await payByForm(stand, payer)
  }
  await Promise.all(payers.slice(0, 8).map(pay))
}

function paying(name: string, stand: Stand, payers: readonly Visitor[], clients: number): Side {
  const act = async (n: number) => {
    const payer = payers[n]
    if (payer) await payByForm(stand, payer)
  }
  return { name, measure: milliseconds => load(clients, milliseconds, act) }
}

function referring(port: number, known: readonly ReferencePayment[], clients: number): Side {
  const headers = { 'Content-Type': 'application/json' }
  const bodies = known.map(payment => JSON.stringify(payment))
  const act = async (n: number) => {
    const { status } = await ask(`http://127.0.0.1:${port}/pay`, { method: 'POST', headers, body: bodies[n] ?? '' })
    if (status !== 303) throw new Error(`the reference answered ${status}`)
  }
  return { name: 'bare handler', measure: milliseconds => load(clients, milliseconds, act) }
}

/** What the database alone can do: one function that enters two lines, one commit each, no HTTP and no processor. */
async function sayLoop(stand: Stand, known: readonly ReferencePayment[], { milliseconds }: Pace): Promise<void> {
  await stand.look(`create function public.bench_post(p text, a text, who text, c bigint) returns void language sql as $$
    insert into ledger.entry (practice_id, id, kind, source, occurred_on, actor) values (p, who, 'correction', who, current_date, 'bench');
    insert into ledger.line (practice_id, entry_id, n, ledger_account, account_id, currency, cents) values (p, who, 1, 'revenue', a, 'usd', c), (p, who, 2, 'adjustments', a, 'usd', -c) $$`)
  const pool = new pg.Pool({ connectionString: stand.superuserUrl, max: 8 })
  let made = 0
  const loop = await load(8, milliseconds, async n => {
    const { practice, account, cents } = known[n] ?? { practice: '', account: '', cents: 0 }
    await pool.query('select public.bench_post($1, $2, $3, $4)', [practice, account, `ent_bench${++made}`, cents])
  })
  await pool.end()
  sayLoad('8 connections, one minimal function', loop)
}
