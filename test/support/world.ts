import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { type Running, startSandbox } from '../../sandbox/running.ts'
import { billClaim, type ClaimLine, type ClaimToBill } from '../../src/billing/bill-claim.ts'
import { lockAccount } from '../../src/identity/accounts.ts'
import { recordPatient } from '../../src/identity/patients.ts'
import { system, wholePractice } from '../../src/kernel/actor.ts'
import { type AccountId, type InvoiceId, newId, type PatientId, type PaymentId } from '../../src/kernel/ids.ts'
import type { Cents } from '../../src/kernel/money.ts'
import { type OpenApp, openApp } from '../../src/main/app.ts'
import { type Config, readConfig } from '../../src/platform/config.ts'
import { type Tx, transact } from '../../src/platform/database.ts'
import { createPractice, type Practice } from '../../src/practice/practices.ts'
import { setSettings } from '../../src/practice/settings.ts'
import { connectProcessor } from '../../src/processor/connections.ts'
import { type FreshDatabase, freshDatabase } from './database.ts'
import { watchHouseholdLocks } from './household-locks.ts'

/**
 * A database and a sandbox of their own, and an app on them: what a test of money stands on. A write to a household's money without
 * its lock fails there, unless it is not watched.
 */
export type World = {
  readonly app: OpenApp
  readonly config: Config
  readonly database: FreshDatabase
  readonly sandbox: Running
  readonly practice: Practice
  /** A second practice, for walls. */
  readonly other: Practice
  end(): Promise<void>
}

export const TODAY = Temporal.PlainDate.from('2026-11-20')

export async function makeWorld({
  settings = {},
  env = {},
  database: given,
  watched = true,
}: {
  settings?: Record<string, string>
  env?: Record<string, string>
  /** A migrated database; a copy of the template unless given. */
  database?: FreshDatabase
  watched?: boolean
} = {}): Promise<World> {
  const folder = mkdtempSync(join(tmpdir(), 'portico-test-'))
  const database = given ?? (await freshDatabase())
  if (watched) await watchHouseholdLocks(database)
  const sandbox = await startSandbox({}, folder)
  const config = readConfig({
    PORTICO_MODE: 'test',
    PORTICO_DATA: folder,
    STRIPE_API_BASE: sandbox.url,
    STRIPE_JS_URL: `${sandbox.url}/v3/stripe.js`,
    PORTICO_URL: 'http://127.0.0.1:3000',
    ...env,
  })
  const app = await openApp(config, {
    appUrl: database.appUrl,
    queueUrl: database.queueUrl,
    name: 'test',
    ...(process.env.PORTICO_TEST_LOG ? {} : { logFile: logFileOf(config) }),
  })
  const practice = await makePractice(app, 'riverside', settings)
  const other = await makePractice(app, 'harbor', {})
  return {
    app,
    config,
    database,
    sandbox,
    practice,
    other,
    end: async () => {
      await app.close()
      await sandbox.stop()
      await database.drop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** Where a world's app says what goes on, unless PORTICO_TEST_LOG asks for it on the screen. */
export const logFileOf = ({ dataFolder }: Pick<Config, 'dataFolder'>) => join(dataFolder, 'log', 'test.log')

/** A practice with its connection to the sandbox. */
export async function makePractice(app: OpenApp, slug: string, settings: Record<string, string>): Promise<Practice> {
  const practice = await createPractice(app, {
    slug,
    name: slug === 'riverside' ? 'Riverside Family Medicine' : 'Harbor Therapy',
    timeZone: 'America/New_York',
    locale: 'en',
    currency: 'usd',
    phone: '(555) 010-4410',
    email: `office@${slug}.example.org`,
    address: { lines: ['418 Mill Street'], city: 'Riverside', state: 'MA', postalCode: '01002' },
    taxId: '12-3456789',
    npi: '1234567893',
  })
  await connectProcessor(app, practice.id, practice.name)
  await setSettings(app, system(practice.id, 'test'), { linkIsEnough: 'on', ...settings })
  return practice
}

export type Household = { readonly account: AccountId; readonly patient: PatientId; readonly bills: InvoiceId[] }

/** A patient with a household of their own, or one that is there, and one bill per amount, in cents, each due a day after the one before. */
export async function makeHousehold(
  world: Pick<World, 'app' | 'practice'>,
  amounts: readonly Cents[],
  practice: Practice = world.practice,
  name = 'Maria',
  account?: AccountId,
): Promise<Household> {
  return transact(world.app.db, wholePractice(practice.id), async tx => {
    const { account: household, id: patient } = await addPatient(tx, practice, {
      name,
      ...(account ? { account } : {}),
    })
    const bills: InvoiceId[] = []
    for (const [index, share] of amounts.entries()) {
      const bill = await addBill(world, tx, practice, { account: household, patient, share, index })
      if (bill) bills.push(bill)
    }
    return { account: household, patient, bills }
  })
}

/** One more bill of a household, with what a test says of its claim; undefined where nothing of it is theirs. */
export async function makeBill(
  world: Pick<World, 'app' | 'practice'>,
  { account, patient }: Pick<Household, 'account' | 'patient'>,
  claim: Partial<ClaimToBill> & Pick<ClaimToBill, 'lines'>,
  practice: Practice = world.practice,
): Promise<InvoiceId | null> {
  const { invoice } = await transact(world.app.db, wholePractice(practice.id), async tx => {
    await lockAccount(tx, practice.id, account)
    return billClaim(world.app, tx, system(practice.id, 'test'), {
      account,
      patient,
      source: newId('src'),
      title: 'Visit',
      clinician: null,
      location: null,
      payer: 'Humana',
      servicedOn: TODAY.subtract({ days: 30 }),
      issuedOn: TODAY.subtract({ days: 20 }),
      open: true,
      ...claim,
    })
  })
  return invoice
}

/** One more person, of a household of their own or of a given one. */
export function addPatient(
  tx: Tx,
  practice: Practice,
  { name = 'Maria', account }: { name?: string; account?: AccountId },
) {
  return recordPatient(tx, practice.id, {
    givenName: name,
    familyName: 'Ortega',
    bornOn: Temporal.PlainDate.from('1988-03-14'),
    gender: 'female',
    email: null,
    phone: null,
    address: {},
    recordNumber: null,
    ...(account ? { account } : {}),
  })
}

/** One more bill of two lines; by its index it is due a day after the one before. */
export async function addBill(
  { app }: Pick<World, 'app'>,
  tx: Tx,
  practice: Practice,
  { account, patient, share, index }: { account: AccountId; patient: PatientId; share: Cents; index: number },
): Promise<InvoiceId | null> {
  await lockAccount(tx, practice.id, account)
  const { invoice } = await billClaim(app, tx, system(practice.id, 'test'), {
    account,
    patient,
    source: newId('src'),
    title: `Visit ${index + 1}`,
    clinician: null,
    location: null,
    payer: 'Humana',
    servicedOn: TODAY.subtract({ days: 30 - index }),
    issuedOn: TODAY.subtract({ days: 20 - index }),
    open: true,
    lines: splitShare(share),
  })
  return invoice
}

function splitShare(share: Cents): ClaimLine[] {
  const first = share / 3n
  return [first, share - first].filter(part => part > 0n).map((part, index) => claimLine(index + 1, part))
}

export function claimLine(sequence: number, patientShare: Cents): ClaimLine {
  return {
    sequence,
    code: '185349003',
    codeSystem: 'http://snomed.info/sct',
    description: sequence === 1 ? 'Check-up' : 'Blood count',
    units: 1,
    servicedOn: TODAY.subtract({ days: 30 }),
    diagnoses: [],
    charged: patientShare + 5000n,
    insurancePaid: 3000n,
    discount: 2000n,
    patientShare,
    waiting: false,
  }
}

export const newPayment = (): PaymentId => newId('pay')

/** Looks past row-level security, as nobody but a test does. */
export async function query<Row extends pg.QueryResultRow>(
  world: Pick<World, 'database'>,
  text: string,
  values: unknown[] = [],
): Promise<Row[]> {
  const client = new pg.Client({ connectionString: world.database.superuserUrl })
  await client.connect()
  try {
    return (await client.query<Row>(text, values)).rows
  } finally {
    await client.end()
  }
}

/** Zero when the books balance: every entry, and every patient's receivable against the open bills. */
export async function imbalance(world: World): Promise<{ entries: string; receivables: number }> {
  const [row] = await query<{ entries: string; receivables: number }>(
    world,
    `select coalesce(sum(cents), 0)::text as entries,
      (select count(*)::int from ledger.receivable r where balance_cents <> (select coalesce(sum(open_cents), 0) from billing.invoice i
        where i.practice_id = r.practice_id and i.account_id = r.account_id and i.patient_id = r.patient_id)) as receivables from ledger.line`,
  )
  return row ?? { entries: '', receivables: -1 }
}
