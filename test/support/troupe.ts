import { readRow } from '../../src/audit/reads.ts'
import { billClaim } from '../../src/billing/bill-claim.ts'
import { countOverdue } from '../../src/billing/overdue.ts'
import { importFhir } from '../../src/exchange/import-fhir.ts'
import { lockAccount } from '../../src/identity/accounts.ts'
import { NOBODY } from '../../src/identity/askers.ts'
import { askLink, mintLink } from '../../src/identity/links.ts'
import { recordGrant, recordLogin } from '../../src/identity/logins.ts'
import { setPassword } from '../../src/identity/passwords.ts'
import { inviteStaff } from '../../src/identity/staff.ts'
import { type StaffRole, system, wholePractice } from '../../src/kernel/actor.ts'
import {
  type AccountId,
  type ClinicianId,
  type DisputeId,
  type InvoiceId,
  type LocationId,
  type LoginId,
  type MessageId,
  type MethodId,
  newId,
  type PaymentId,
  type RefundId,
} from '../../src/kernel/ids.ts'
import { TRIES } from '../../src/notifications/messages.ts'
import { recordDeskPayment } from '../../src/payments/desk.ts'
import { saveMethod } from '../../src/payments/save-method.ts'
import { rows, transact } from '../../src/platform/database.ts'
import { openMailer } from '../../src/platform/mail.ts'
import { recordClinician } from '../../src/practice/clinicians.ts'
import { recordLocation } from '../../src/practice/locations.ts'
import type { Practice } from '../../src/practice/practices.ts'
import { setSettings } from '../../src/practice/settings.ts'
import { lookForReturns } from '../../src/recovery/look-for-returns.ts'
import { selectDisputes } from '../../src/returns/disputes.ts'
import { selectRefunds } from '../../src/returns/refunds.ts'
import { type Bank, bankOf } from './bank.ts'
import { bundleOf, sourceOf } from './bundles.ts'
import { deliver } from './letters.ts'
import { claimLine, type Household, makeHousehold, newPayment, query, TODAY, type World } from './world.ts'

/** A household in which everything has happened once: a row of theirs stands in every table. */
export type Member = {
  readonly practice: Practice
  readonly household: Household
  readonly login: LoginId
  readonly email: string
  /** Words that nobody else's page may show: a name, and the titles of their bills. */
  readonly canaries: readonly string[]
  /** Open bills, besides the one that is paid. */
  readonly open: readonly InvoiceId[]
  readonly paid: PaymentId
  readonly received: PaymentId
  readonly hosted: PaymentId
  readonly lost: PaymentId
  /** Its dispute, which staff have yet to decide about. */
  readonly dispute: DisputeId
  /** A payment of which something was refunded at the processor itself, and that refund. */
  readonly outside: PaymentId
  readonly outsideRefund: RefundId
  readonly methods: readonly [MethodId, MethodId]
  /** A letter to them that was given up. */
  readonly letter: MessageId
}

export type StaffMember = { readonly practice: Practice; readonly login: LoginId; readonly role: StaffRole }
export type Troupe = { readonly members: readonly Member[]; readonly staff: readonly StaffMember[] }

/** Two households and two of staff at each practice of a world, made by verbs alone. */
export async function makeTroupe(world: World): Promise<Troupe> {
  const members: Member[] = []
  const staff: StaffMember[] = []
  for (const practice of [world.practice, world.other]) {
    const place = await makePlace(world, practice)
    for (const name of ['Quillon', 'Xanthe']) members.push(await makeMember(world, practice, place, name))
    for (const role of ['owner', 'biller'] as const) staff.push(await makeStaff(world, practice, role))
    await countOverdue(world.app, practice.id)
    // No day of theirs is over; one of another zone is nobody's number.
    await query(world, `insert into payments.collected_day values ($1, 'Etc/UTC', '2020-02-02', 0, 0)`, [practice.id])
  }
  return { members, staff }
}

type Place = { clinician: ClinicianId; location: LocationId }

async function makePlace({ app }: World, practice: Practice): Promise<Place> {
  return transact(app.db, wholePractice(practice.id), async tx => ({
    clinician: (
      await recordClinician(tx, practice.id, { source: 'test', name: 'Dr. Ada Sorel', npi: null, credentials: 'MD' })
    ).id,
    location: (await recordLocation(tx, practice.id, { source: 'test', name: 'Main house', phone: null, address: {} }))
      .id,
  }))
}

async function makeStaff({ app }: World, practice: Practice, role: StaffRole): Promise<StaffMember> {
  const order = { email: `${role}@${practice.slug}.example.org`, name: `Staff ${role}`, role, announce: false }
  const { login } = await inviteStaff(app, system(practice.id, 'test'), order)
  await setPassword(app, practice.id, login, 'correct horse battery')
  return { practice, login, role }
}

async function makeMember(world: World, practice: Practice, place: Place, given: string): Promise<Member> {
  const { app } = world
  const name = `${given}${practice.slug}`
  const bank = bankOf(world, practice)
  const empty = await makeHousehold(world, [], practice, name)
  const { account, patient } = empty
  const email = `${name.toLowerCase()}@example.org`
  const login = await letIn(world, practice, empty, { email, name })
  const issue = (n: number, cents: bigint) => issueBill(world, practice, empty, place, `${name} service ${n}`, cents)
  const policy = (posting: string, overpaying: string) => setSettings(app, bank.actor, { posting, overpaying })
  await policy('auto', 'on')
  await takeCreditBack(bank, account, () => issue(0, 100n))
  const first = await issue(1, 8000n)
  await policy('auto', 'off')
  const lost = await bank.pay({ account, amount: 3000n, card: 'pm_card_createDispute' })
  const dispute = await loseDispute(world, practice, lost.id)
  await policy('manual', 'on')
  const received = await bank.pay({ account, amount: 1500n })
  await policy('auto', 'on')
  const outside = await bank.pay({ account, amount: 500n })
  const outsideRefund = await refundOutside(world, bank, outside.id)
  const paid = await bank.pay({ account, amount: 4100n, with: { card: 'pm_card_visa', keep: 'default' } })
  const { id: refund } = await bank.refund(paid.id, 100n)
  await policy('auto', 'off')
  const open = [await issue(2, 9000n), await issue(3, 12_000n), await issue(4, 15_000n)]
  const second = await saveMethod(app, bank.actor, { account, card: 'pm_card_mastercard', keep: 'save' })
  await importRecord(world, practice, empty, name)
  await deliver(world, practice.id, { type: 'payment.succeeded', subject: paid.id })
  const letter = await giveUpLetter(world, practice, refund)
  // The last: paying anew gives up an order whose hosted page is still open.
  const hosted = await bank.pay({ account, amount: 2000n, with: { hosted: true, keep: 'no' } })
  const [kept] = await query<{ id: MethodId }>(
    world,
    'select id from payments.method where practice_id = $1 and account_id = $2 and is_default',
    [practice.id, account],
  )
  if (!kept || !('method' in second)) throw new Error('the troupe has no cards')
  return {
    practice,
    household: { account, patient, bills: [first, ...open] },
    login,
    email,
    canaries: [name, `${name} service`],
    open,
    paid: paid.id,
    received: received.id,
    hosted: hosted.id,
    lost: lost.id,
    dispute,
    outside: outside.id,
    outsideRefund,
    methods: [kept.id, second.method],
    letter,
  }
}

/** Credit left of cash pays a bill, and the cash is handed back: it is taken back where the credit went. */
async function takeCreditBack(bank: Bank, account: AccountId, issue: () => Promise<InvoiceId>): Promise<void> {
  const payment = newPayment()
  const cash = { payment, account, bills: [], amount: 100n, kind: 'cash', reference: '' } as const
  await recordDeskPayment(bank.app, bank.actor, cash)
  await bank.pay({ account, amount: 100n, bills: [await issue()] })
  await bank.refund(payment, 100n, { reopens: false })
}

async function letIn(
  { app }: World,
  practice: Practice,
  { account, patient }: Household,
  { email, name }: { email: string; name: string },
): Promise<LoginId> {
  const login = await transact(app.db, wholePractice(practice.id), async tx => {
    const login = await recordLogin(tx, { email, name: `${name} Ortega` })
    await recordGrant(tx, practice.id, { login, account, patient, kind: 'self', scope: 'record' })
    await mintLink(tx, practice.id, { login, purpose: 'access', destination: null })
    await rows(tx, readRow(system(practice.id, 'test'), { what: 'test', request: 'test', account }))
    return login
  })
  await askLink(app, practice.id, { email, asker: NOBODY })
  return login
}

/** Bills one visit; answers the invoice. */
export async function issueBill(
  { app }: Pick<World, 'app'>,
  practice: Practice,
  { account, patient }: Pick<Household, 'account' | 'patient'>,
  place: { clinician: ClinicianId | null; location: LocationId | null },
  title: string,
  cents: bigint,
): Promise<InvoiceId> {
  const claim = {
    account,
    patient,
    source: newId('src'),
    title,
    ...place,
    payer: 'Humana',
    servicedOn: TODAY.subtract({ days: 30 }),
    issuedOn: TODAY.subtract({ days: 20 }),
    open: true,
    lines: [claimLine(1, cents / 3n), claimLine(2, cents - cents / 3n)],
  }
  const { invoice } = await transact(app.db, wholePractice(practice.id), async tx => {
    await lockAccount(tx, practice.id, account)
    return billClaim(app, tx, system(practice.id, 'test'), claim)
  })
  if (!invoice) throw new Error('a share above zero is a bill')
  return invoice
}

async function loseDispute(world: World, practice: Practice, payment: PaymentId): Promise<DisputeId> {
  const bank = bankOf(world, practice)
  const at = await bank.processorAccount()
  const there = await bank.takeDispute(at, payment)
  await bank.decideDispute(at, there, 'losing_evidence')
  await bank.takeDispute(at, payment)
  const [dispute] = await bank.read(tx => rows(tx, selectDisputes(practice.id, payment)))
  if (!dispute) throw new Error('the dispute was not taken in')
  return dispute.id
}

async function refundOutside(world: World, bank: Bank, payment: PaymentId): Promise<RefundId> {
  const paid = await bank.payment(payment)
  await world.sandbox.control('refunds', { payment_intent: paid?.intent, amount: 100 })
  await lookForReturns(bank.app, bank.practice, { wanted: 'all' })
  const [refund] = await bank.read(tx => rows(tx, selectRefunds(bank.practice, payment)))
  if (!refund) throw new Error('the refund was not taken in')
  return refund.id
}

async function importRecord({ app }: World, practice: Practice, { account }: Household, name: string): Promise<void> {
  const patient = { reference: `urn:uuid:${name}` }
  const resources = [
    {
      resourceType: 'Patient',
      id: name,
      identifier: [{ type: { coding: [{ code: 'MR' }] }, system: 'urn:records', value: name }],
      name: [
        { given: [name], family: 'Ortega' },
        { use: 'old', given: [name], family: 'Before' },
      ],
      birthDate: '1990-02-03',
      telecom: [{ system: 'email', value: `${name}@example.org` }],
    },
    {
      resourceType: 'Claim',
      id: `${name}-w`,
      status: 'active',
      use: 'claim',
      patient,
      created: '2026-11-01',
      insurance: [{ focal: true, coverage: { display: 'Humana' } }],
      item: [{ sequence: 1, productOrService: { text: `${name} waits` }, net: { value: 10, currency: 'USD' } }],
    },
    {
      resourceType: 'Coverage',
      id: `${name}-c`,
      status: 'active',
      beneficiary: patient,
      payor: [{ display: 'Humana' }],
    },
    {
      resourceType: 'Observation',
      id: `${name}-o`,
      status: 'final',
      code: { text: `${name} observed` },
      subject: patient,
    },
  ]
  const later = { ...resources[0], id: name, telecom: [{ system: 'email', value: `${name}.new@example.org` }] }
  for (const each of [resources, [later]]) {
    const bundle = bundleOf(each.map(resource => ({ fullUrl: `urn:uuid:${resource.id}`, resource })))
    const report = await importFhir(app, system(practice.id, 'test'), {
      source: sourceOf(bundle, { name: `${name}.json` }),
      accountOf: () => account,
    })
    if (report.status !== 'taken') throw new Error(`${report.why} ${report.at}`)
  }
}

/** The letter of a refund, tried for the last time where no mail server is. */
async function giveUpLetter(world: World, practice: Practice, refund: RefundId): Promise<MessageId> {
  const mailer = openMailer({ ...world.config, smtpUrl: 'smtp://127.0.0.1:1' })
  const about = { type: 'refund.succeeded', subject: refund }
  const deaf = { ...world, app: { ...world.app, mailer } }
  await deliver(deaf, practice.id, about)
  await query(world, 'update notifications.message set tries = $1, next_at = now() where about = $2', [
    TRIES - 1,
    refund,
  ])
  await deliver(deaf, practice.id, about)
  const [letter] = await query<{ id: MessageId; state: string }>(
    world,
    'select id, state from notifications.message where about = $1',
    [refund],
  )
  if (letter?.state !== 'given-up') throw new Error('the letter was not given up')
  return letter.id
}
