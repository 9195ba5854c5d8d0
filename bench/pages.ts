import { selectInvoices } from '../src/billing/invoices.ts'
import { freePort } from '../src/main/ports.ts'
import { untilServing } from '../test/support/processes.ts'
import { makeStand, type Stand } from '../test/support/stand.ts'
import { makeVisitor, type Visitor } from '../test/support/visitors.ts'
import { makePractice } from '../test/support/world.ts'
import { compare, load, type Side } from './support/load.ts'
import { ask, startReference } from './support/paying.ts'
import type { ReferencePage } from './support/reference.ts'
import { type Pace, paceOf, sayGoal, sayLoad, sayMachine } from './support/say.ts'

const ROWS = 50
const CLIENTS = 8

/** The bills page, signed in, 50 rows, audited; beside it a bare handler with a template of as many bytes, the same query and one inserted row. */
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
  const practice = await makePractice(stand.app, 'riverside', {})
  const visitors: Visitor[] = []
  for (let n = 0; n < CLIENTS; n++) visitors.push(await makeVisitor(stand.app, practice, Array(ROWS).fill(12_345n)))
  await stand.look('analyze')
  const visitor = visitors[0] ?? fail()
  const app = stand.start('app', ['serve'], { PORT: String(stand.ports[0]) })
  await untilServing(stand.ports[0] ?? 0)
  const url = `${stand.config.url}/riverside/bills`
  const headers = (n: number) => ({ Cookie: (visitors[n] ?? fail()).cookie, Accept: 'text/html' })
  const first = await ask(url, { headers: headers(0) })
  const rows = first.bytes.toString('utf8').split('<tr').length - 2
  if (first.status !== 200 || rows < ROWS) throw new Error(`the page has status ${first.status} and ${rows} rows`)
  const port = await freePort(0, '127.0.0.1', 'PORT')
  const page = JSON.stringify(pageOf(stand, visitor, first.bytes.length))
  const reference = await startReference(stand, port, { REFERENCE_PAGE: page })
  const bare = `http://127.0.0.1:${port}/page`
  const second = await ask(bare, {})
  sayMachine()
  console.log(`ours has ${first.bytes.length} bytes, the bare page ${second.bytes.length}`)
  const found = await compare(
    getting(url, headers),
    getting(bare, () => ({})),
    pace.rounds * 3,
    pace.milliseconds,
  )
  sayLoad(`${CLIENTS} clients, bills page`, found.ours)
  sayLoad(`${CLIENTS} clients, bare handler`, found.other)
  app.signal('SIGKILL')
  reference.signal('SIGKILL')
  const rate = sayGoal('bills page, of the bare handler', found.ratio, { least: 0.35 })
  return sayGoal('bills page, p99 as a multiple', found.slower, { most: 3 }) && rate
}

function getting(url: string, headers: (client: number) => Record<string, string>): Side {
  const act = async (n: number) => {
    const { status } = await ask(url, { headers: headers(n) })
    if (status !== 200) throw new Error(`${url} answered ${status}`)
  }
  return { name: url, measure: milliseconds => load(CLIENTS, milliseconds, act) }
}

function fail(): never {
  throw new Error('every client is somebody')
}

/** The page's own query, and how the bytes of our page are shared out between a head and the rows. */
function pageOf({ app }: Stand, { practice, household }: Visitor, bytes: number): ReferencePage {
  const query = selectInvoices(practice.id, household.account, { show: 'open', limit: ROWS + 1 }).compile(app.db.kysely)
  const rowBytes = Math.floor((bytes * 0.8) / ROWS)
  const audit = { practice: practice.id, account: household.account }
  return {
    query: query.sql,
    values: query.parameters,
    head: `<!doctype html><title>Bills</title>${'x'.repeat(bytes - rowBytes * ROWS - 35)}<table>`,
    rowBytes,
    audit,
  }
}
