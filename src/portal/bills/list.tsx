import { selectWaiting, type WaitingCharge } from '../../billing/charges.ts'
import { MOST_COUNTED, selectInvoiceCounts } from '../../billing/invoices.ts'
import { ButtonLink } from '../../design/button.tsx'
import { Card } from '../../design/card.tsx'
import { Empty } from '../../design/empty.tsx'
import { Facts } from '../../design/facts.tsx'
import { Select } from '../../design/field.tsx'
import { LargeMoney, Money } from '../../design/money.tsx'
import { Name } from '../../design/name.tsx'
import { PageHead } from '../../design/page-head.tsx'
import { Pager } from '../../design/pager.tsx'
import { PortalPage } from '../../design/portal-page.tsx'
import { Search } from '../../design/search.tsx'
import { Tabs } from '../../design/tabs.tsx'
import { fullName, selectHousehold } from '../../identity/patients.ts'
import { type InvoiceId, isId, type PatientId } from '../../kernel/ids.ts'
import { type BillFilter, paths } from '../../kernel/paths.ts'
import { payWay, viewer } from '../../payments/owed.ts'
import { type Bill, type OwedSums, owedSumsFrom, selectBills, selectOwedSums } from '../../payments/owed-sums.ts'
import { type Payment, selectUnderWay } from '../../payments/payments.ts'
import { lastBatch } from '../../platform/database.ts'
import { page } from '../../web/answers.ts'
import { type PatientGet, patientGet } from '../../web/route.ts'
import { namePeople, type People } from '../people.ts'
import { TooSmall } from '../too-small.tsx'
import { UnderWay } from '../under-way.tsx'
import { BillTable } from './bill-status.tsx'
import { Waiting } from './waiting.tsx'

const PAGE = 50

type View = 'open' | 'all' | 'paid'
type Filter = { view: View; q?: string; patient?: PatientId; after?: InvoiceId }
type Found = {
  filter: Filter
  bills: Bill[]
  more: boolean
  counts: Record<View, number>
  owed: OwedSums
  people: People
  waiting: WaitingCharge[]
  underWay: Payment[]
}

/** Bills: what is owed now by person, payments under way apart, open and paid bills searched and filtered, what waits for insurance. */
export const billListRoute = patientGet(
  { path: '/:practice/bills', room: 'billing', audit: 'bills.see' },
  async context => {
    const found = await read(context)
    const { words, practice, today } = context
    return page(
      <PortalPage frame={context.frame} title={words.t('bills.title')} place="bills">
        <PageHead title={words.t('bills.title')} />
        <div class="columns">
          <div class="stack">
            <UnderWay words={words} practice={practice} payments={found.underWay} today={today} />
            <BillList context={context} found={found} />
            <Waiting context={context} people={found.people} waiting={found.waiting} />
          </div>
          <aside class="stack first">
            <OwedAside context={context} found={found} />
          </aside>
        </div>
      </PortalPage>,
    )
  },
)

async function read(context: PatientGet): Promise<Found> {
  const { practice, actor, words, tx, query } = context
  const filter = readFilter(query, actor.patients)
  const { view: show, q, patient, after } = filter
  const [household, counts, bills, waiting, underWay, ...owedRows] = await lastBatch(tx, [
    selectHousehold(practice.id, actor.account),
    selectInvoiceCounts(practice.id, actor.account),
    selectBills(practice.id, actor.account, { show, q, patient, after, limit: PAGE + 1 }, viewer(actor)),
    selectWaiting(practice.id, actor.account),
    selectUnderWay(practice.id, actor.account),
    ...selectOwedSums(practice.id, actor.account, viewer(actor)),
  ])
  const { open = 0n, paid = 0n } = counts[0] ?? {}
  return {
    filter,
    bills: bills.slice(0, PAGE),
    more: bills.length > PAGE,
    counts: { open: Number(open), paid: Number(paid), all: Number(open + paid) },
    owed: owedSumsFrom(owedRows),
    people: namePeople(words, actor, household),
    waiting,
    underWay,
  }
}

/** Nobody counts further; `999+` says so. */
function counted(count: number): string {
  return count < MOST_COUNTED ? String(count) : `${MOST_COUNTED - 1}+`
}

/** What the address asks for; anything it cannot mean is left out. */
function readFilter(query: URLSearchParams, patients: readonly PatientId[]): Filter {
  const show = query.get('show')
  const q = query.get('q')?.trim().slice(0, 100)
  const patient = patients.find(each => each === query.get('patient'))
  const after = query.get('after') ?? ''
  return {
    view: show === 'all' || show === 'paid' ? show : 'open',
    ...(q ? { q } : {}),
    ...(patient ? { patient } : {}),
    ...(isId('inv', after) ? { after } : {}),
  }
}

function filterOf({ view, q, patient }: Filter, change: BillFilter = {}): BillFilter {
  return { ...(view === 'open' ? {} : { show: view }), ...(q ? { q } : {}), ...(patient ? { patient } : {}), ...change }
}

function BillList({ context, found }: { context: PatientGet; found: Found }) {
  const { words, practice, today } = context
  const { filter, bills, counts, people } = found
  const views: View[] = ['open', 'paid', 'all']
  return (
    <>
      <Tabs
        label={words.t('bills.views')}
        tabs={views.map(view => ({
          href: paths.bills(practice.slug, filterOf({ ...filter, view })),
          label: words.t(`bills.view.${view}`, { count: counted(counts[view]) }),
          current: view === filter.view,
        }))}
      />
      <Card>
        {(counts.all > 5 || filter.q || filter.patient) && <Filters context={context} found={found} />}
        {bills.length > 0 ? (
          <BillTable words={words} practice={practice.slug} rows={bills} people={people} today={today} />
        ) : (
          <NoBills context={context} found={found} />
        )}
      </Card>
      <Pager
        label={words.t('bills.views')}
        newest={
          filter.after
            ? { href: paths.bills(practice.slug, filterOf(filter)), label: words.t('bills.newest') }
            : undefined
        }
        older={
          found.more
            ? {
                href: paths.bills(practice.slug, filterOf(filter, { after: bills.at(-1)?.id ?? '' })),
                label: words.t('bills.older'),
              }
            : undefined
        }
      />
    </>
  )
}

function Filters({ context: { words, practice }, found: { filter, people } }: { context: PatientGet; found: Found }) {
  return (
    <Search
      action={paths.bills(practice.slug)}
      label={words.t('bills.search')}
      hint={words.t('bills.search.hint')}
      button={words.t('bills.search.button')}
      value={filter.q}
      hidden={filter.view === 'open' ? {} : { show: filter.view }}
      clear={
        filter.q || filter.patient
          ? { href: paths.bills(practice.slug, filterOf({ view: filter.view })), label: words.t('bills.clear') }
          : undefined
      }
    >
      {people.list.length > 1 && (
        <Select
          bare
          label={words.t('bills.person')}
          name="patient"
          value={filter.patient ?? ''}
          options={[
            { value: '', label: words.t('bills.person.all') },
            ...people.list.map(patient => ({ value: patient.id, label: fullName(patient) })),
          ]}
        />
      )}
    </Search>
  )
}

function NoBills({ context: { words, practice }, found: { filter } }: { context: PatientGet; found: Found }) {
  const kind = filter.q || filter.patient ? 'found' : filter.view
  return (
    <Empty title={words.t(`bills.none.${kind}`)}>
      {words.t(`bills.none.${kind}.lead`, { practice: practice.name })}
    </Empty>
  )
}

function OwedAside({
  context: { words, practice, app, settings },
  found: { owed, people },
}: {
  context: PatientGet
  found: Found
}) {
  const now = words.time(app.now(), practice.timeZone)
  if (owed.total === 0n)
    return (
      <Card pad>
        <p class="muted">{words.t('bills.youOwe')}</p>
        <LargeMoney words={words} cents={0n} />
        <p class="small muted">{words.t('time.asOf', { time: now })}</p>
      </Card>
    )
  const byPatient = [...owed.byPatient]
  const way = payWay(owed, owed.total, settings)
  return (
    <Card pad>
      <div>
        <p class="muted">{words.t('bills.youOwe')}</p>
        <LargeMoney words={words} cents={owed.total} />
        <p class="small muted">{words.t('time.asOf', { time: now })}</p>
      </div>
      {(people.list.length > 1 || byPatient.length > 1) && (
        <Facts
          small
          facts={byPatient.map(([patient, cents]) => ({
            name: <Name>{people.of(patient)}</Name>,
            value: <Money words={words} cents={cents} />,
          }))}
        />
      )}
      <TooSmall words={words} practice={practice} way={way} amount={owed.total} />
      {way !== 'none' && (
        <>
          <ButtonLink href={paths.newPayment(practice.slug)} kind="primary" block>
            {words.t('bills.pay', { amount: owed.total })}
          </ButtonLink>
          <ButtonLink href={`${paths.newPayment(practice.slug)}#amount`} block>
            {words.t('bills.payPart')}
          </ButtonLink>
        </>
      )}
      {owed.creditTotal > 0n && <p class="small muted">{words.t('home.credit', { amount: owed.creditTotal })}</p>}
    </Card>
  )
}
