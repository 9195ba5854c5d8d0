import { selectWaitingCount } from '../billing/charges.ts'
import { ButtonLink } from '../design/button.tsx'
import { Card } from '../design/card.tsx'
import { cardName, lastMonth } from '../design/card-name.ts'
import { Empty } from '../design/empty.tsx'
import { Facts } from '../design/facts.tsx'
import { LargeMoney, Money } from '../design/money.tsx'
import { Name } from '../design/name.tsx'
import { Notice } from '../design/notice.tsx'
import { PageHead } from '../design/page-head.tsx'
import { PortalPage } from '../design/portal-page.tsx'
import type { Words } from '../design/words.ts'
import { selectHousehold } from '../identity/patients.ts'
import { dayIn, daysBetween } from '../kernel/dates.ts'
import { paths } from '../kernel/paths.ts'
import { expiresSoon, hasExpired, selectMethods } from '../payments/methods.ts'
import { payWay, viewer } from '../payments/owed.ts'
import {
  type OpenBill,
  type OwedSums,
  owedSumsFrom,
  selectBills,
  selectOpenBills,
  selectOwedSums,
} from '../payments/owed-sums.ts'
import { type Payment, selectPayments, selectUnderWay } from '../payments/payments.ts'
import { lastBatch } from '../platform/database.ts'
import { page } from '../web/answers.ts'
import { type PatientGet, patientGet, type Route } from '../web/route.ts'
import { BillTable } from './bills/bill-status.tsx'
import { namePeople, type People } from './people.ts'
import { TooSmall } from './too-small.tsx'
import { UnderWay } from './under-way.tsx'

/** Home: what do I owe, and what is under way. */
export const homeRoutes: Route[] = [
  patientGet({ path: '/:practice/home', room: 'portal', audit: 'home.see' }, async context => {
    const { practice, actor, words, today, tx } = context
    const [household, bills, [{ waiting } = { waiting: 0 }], underWay, last, methods, [next], ...owedRows] =
      await lastBatch(tx, [
        selectHousehold(practice.id, actor.account),
        selectBills(practice.id, actor.account, { show: 'open', limit: 5 }, viewer(actor)),
        selectWaitingCount(practice.id, actor.account),
        selectUnderWay(practice.id, actor.account),
        selectPayments(practice.id, actor.account, { limit: 3 }),
        selectMethods(practice.id, actor.account),
        selectOpenBills(practice.id, actor.account, { ...viewer(actor), limit: 1 }),
        ...selectOwedSums(practice.id, actor.account, viewer(actor)),
      ])
    const owed = owedSumsFrom(owedRows)
    const people = namePeople(words, actor, household)
    const received = last.filter(payment => payment.status === 'succeeded')
    const expiring = methods.find(
      method => method.isDefault && (hasExpired(method, today) || expiresSoon(method, today)),
    )
    return page(
      <PortalPage frame={context.frame} title={words.t('home.title')} place="home">
        <PageHead over={words.dayOfWeek(today)} title={greeting(context)} />
        <OwedCard context={context} owed={owed} next={next} people={people} last={received[0]} />
        <UnderWay words={words} practice={practice} payments={underWay} today={today} />
        {owed.creditTotal > 0n && <Notice>{words.t('home.credit', { amount: owed.creditTotal })}</Notice>}
        {expiring && (
          <Notice tone="warn" action={<a href={paths.methods(practice.slug)}>{words.t('nav.cards')}</a>}>
            {words.t(hasExpired(expiring, today) ? 'home.expired' : 'home.expiring', {
              card: cardName(words, expiring),
              month: lastMonth(words, expiring),
            })}
          </Notice>
        )}
        <div class={bills.length > 0 ? 'columns' : 'measure'}>
          {bills.length > 0 && (
            <Card
              title={words.t('home.bills')}
              id="bills"
              aside={
                <a class="small" href={paths.bills(practice.slug)}>
                  {words.t('home.bills.all')}
                </a>
              }
            >
              <BillTable words={words} practice={practice.slug} rows={bills} people={people} today={today} />
            </Card>
          )}
          <aside class="stack">
            {waiting > 0 && (
              <Card title={words.t('bills.waiting')} id="waiting" pad>
                <p class="small muted">{words.t('home.waiting', { count: waiting })}</p>
              </Card>
            )}
            <LastPayments context={context} payments={received} />
          </aside>
        </div>
      </PortalPage>,
    )
  }),
]

function OwedCard({
  context,
  owed,
  next,
  people,
  last,
}: {
  context: PatientGet
  owed: OwedSums
  /** The bill that is due first. */
  next: OpenBill | undefined
  people: People
  last: Payment | undefined
}) {
  const { app, words, practice, today, settings } = context
  const way = payWay(owed, owed.total, settings)
  if (owed.total === 0n)
    return (
      <Card pad>
        <Empty
          title={words.t('home.nothing')}
          action={
            <ButtonLink href={paths.bills(practice.slug, { show: 'all' })}>{words.t('home.seeBills')}</ButtonLink>
          }
        >
          {last
            ? words.t('home.lastPayment', {
                amount: last.amount,
                when: words.relativePast(dayIn(practice.timeZone, last.createdAt), today),
              })
            : words.t('home.noPayment')}
        </Empty>
      </Card>
    )
  return (
    <Card pad>
      <div class="owed">
        <div class="stack-s">
          <p>{words.t('home.owe', { practice: practice.name })}</p>
          <LargeMoney words={words} cents={owed.total} />
          <p class="small muted">
            {nextDue(context, next)} {words.t('time.asOf', { time: words.time(app.now(), practice.timeZone) })}
          </p>
          <ByPerson words={words} owed={owed} people={people} />
          <TooSmall words={words} practice={practice} way={way} amount={owed.total} />
        </div>
        <div class="row">
          <ButtonLink href={paths.bills(practice.slug)}>{words.t('home.seeBills')}</ButtonLink>
          {way !== 'none' && (
            <ButtonLink href={paths.newPayment(practice.slug)} kind="primary">
              {words.t('home.pay', { amount: owed.total })}
            </ButtonLink>
          )}
        </div>
      </div>
    </Card>
  )
}

/** What each person on the account owes, where there is more than one. */
function ByPerson({ words, owed, people }: { words: Words; owed: OwedSums; people: People }) {
  const byPatient = [...owed.byPatient]
  if (people.list.length < 2) return null
  return (
    <Facts
      small
      facts={byPatient.map(([patient, cents]) => ({
        name: <Name>{people.of(patient)}</Name>,
        value: <Money words={words} cents={cents} />,
      }))}
    />
  )
}

function nextDue({ words, today }: PatientGet, next: OpenBill | undefined): string {
  if (!next) return ''
  const days = daysBetween(today, next.dueOn)
  const values = { amount: next.open, day: words.dayOfMonth(next.dueOn, today) }
  return words.t(days > 0 ? 'home.next' : days === 0 ? 'home.next.today' : 'home.next.was', values)
}

function LastPayments({
  context: { words, practice, today },
  payments,
}: {
  context: PatientGet
  payments: readonly Payment[]
}) {
  if (payments.length === 0) return null
  return (
    <Card
      title={words.t('home.lastPayments')}
      id="payments"
      pad
      aside={
        <a class="small" href={paths.payments(practice.slug)}>
          {words.t('home.payments.all')}
        </a>
      }
    >
      <Facts
        facts={payments.map(payment => ({
          name: (
            <a href={paths.payment(practice.slug, payment.id)}>
              {words.day(dayIn(practice.timeZone, payment.createdAt), today)}
            </a>
          ),
          value: <Money words={words} cents={payment.amount} />,
        }))}
      />
    </Card>
  )
}

function greeting({ app, words, practice, actor }: PatientGet) {
  const hour = app.now().toZonedDateTimeISO(practice.timeZone).hour
  const part = hour < 12 ? 'morning' : hour < 18 ? 'afternoon' : 'evening'
  return words.rich('home.greeting', { part, name: <Name>{actor.name.split(' ')[0] ?? actor.name}</Name> })
}
