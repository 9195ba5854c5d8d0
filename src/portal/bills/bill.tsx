import type { Invoice, InvoiceLine } from '../../billing/invoices.ts'
import { ButtonLink } from '../../design/button.tsx'
import { Card } from '../../design/card.tsx'
import { Facts } from '../../design/facts.tsx'
import { LargeMoney, Money } from '../../design/money.tsx'
import { Name } from '../../design/name.tsx'
import { PageHead } from '../../design/page-head.tsx'
import { PortalPage } from '../../design/portal-page.tsx'
import { Table } from '../../design/table.tsx'
import { Timeline } from '../../design/timeline.tsx'
import type { Words } from '../../design/words.ts'
import { type BillStory, billStoryFrom, selectBillStory } from '../../documents/bill-story.ts'
import { paths } from '../../kernel/paths.ts'
import { payWay, viewer } from '../../payments/owed.ts'
import { lastBatch } from '../../platform/database.ts'
import { page } from '../../web/answers.ts'
import { type PatientGet, patientGet } from '../../web/route.ts'
import { namePeople } from '../people.ts'
import { TooSmall } from '../too-small.tsx'
import { UnderWay } from '../under-way.tsx'
import { BillTag } from './bill-status.tsx'
import { tellBill } from './story.ts'

type Context = PatientGet<'/:practice/bills/:bill'>

/** One bill that explains itself: its lines, what insurance did, what is owed, and its story in time. */
export const billRoute = patientGet(
  { path: '/:practice/bills/:bill', room: 'billing', audit: 'bill.see' },
  async context => {
    const { practice, actor, words, tx, records, today } = context
    const { bill } = records
    const found = await lastBatch(tx, selectBillStory(practice.id, bill, viewer(actor)))
    const story = billStoryFrom(found, practice, bill)
    const { toPay } = story
    const people = namePeople(words, actor, story.household)
    const underWay = story.payments.filter(payment => payment.reserved > 0n)
    return page(
      <PortalPage frame={context.frame} title={`${bill.title} · ${bill.number}`} place="bills" task={toPay > 0n}>
        <PageHead
          back={{ href: paths.bills(practice.slug), label: words.t('bill.back') }}
          title={bill.title}
          under={
            <>
              {bill.number} · <Name>{people.of(bill.patient)}</Name> · {visit(words, bill, today)}
            </>
          }
          actions={
            <ButtonLink
              href={paths.billPdf(practice.slug, bill.id)}
              size="small"
              icon="download"
              label={words.t('bill.pdf.label')}
            >
              {words.t('bill.pdf')}
            </ButtonLink>
          }
        />
        <UnderWay words={words} practice={practice} payments={underWay} today={today} />
        <div class="columns">
          <div class="stack">
            <Card
              title={words.t('bill.what')}
              id="what"
              aside={<BillTag words={words} bill={{ ...bill, toPay }} today={today} />}
            >
              <Lines context={context} lines={story.lines} />
              <Sums words={words} story={story} />
            </Card>
            <Card title={words.t('story.title')} id="story" pad>
              <Timeline moments={tellBill(words, practice, story)} />
            </Card>
          </div>
          <aside class="stack first">
            <ToPay context={context} story={story} />
          </aside>
        </div>
      </PortalPage>,
    )
  },
)

function visit(words: Words, bill: Invoice, today: Temporal.PlainDate): string {
  const day = words.dayOfMonth(bill.servicedOn, today)
  return bill.clinicianName
    ? words.t('bill.visit.with', { day, clinician: bill.clinicianName })
    : words.t('bill.visit', { day })
}

function Lines({ context: { words }, lines }: { context: Context; lines: readonly InvoiceLine[] }) {
  return (
    <Table
      cards
      caption={words.t('bill.what')}
      rows={lines}
      keyOf={line => line.id}
      columns={[
        {
          head: words.t('bill.service'),
          rowHead: true,
          cell: line => (
            <>
              {line.description}
              {line.items.length > 0 && <span class="muted small sub">{line.items.join(' · ')}</span>}
              {line.code && (
                <span class="muted small sub">
                  {line.code}
                  {line.units > 1 && ` × ${line.units}`}
                </span>
              )}
            </>
          ),
        },
        {
          head: words.t('bill.charged'),
          num: true,
          muted: true,
          wide: true,
          cell: line => <Money words={words} cents={line.charged} />,
        },
        {
          head: words.t('bill.insurancePaid'),
          num: true,
          muted: true,
          wide: true,
          cell: line => <Less words={words} cents={line.insurancePaid} />,
        },
        {
          head: words.t('bill.discount'),
          num: true,
          muted: true,
          wide: true,
          cell: line => <Less words={words} cents={line.discount} />,
        },
        {
          head: words.t('bill.yourPart'),
          num: true,
          strong: true,
          cell: line => <Share words={words} line={line} />,
        },
      ]}
    />
  )
}

/** What is the patient's of a line; on a phone, where no column says so, named beside what it is a part of. */
function Share({ words, line }: { words: Words; line: InvoiceLine }) {
  return (
    <>
      <Money words={words} cents={line.share} />
      <span class="sub only-narrow">{words.t('bill.yourPart.of', { charged: line.charged })}</span>
    </>
  )
}

/** What insurance took off a line, below zero; a dash where it took nothing. */
function Less({ words, cents }: { words: Words; cents: bigint }) {
  return cents > 0n ? <Money words={words} cents={-cents} /> : <>–</>
}

function Sums({ words, story }: { words: Words; story: BillStory }) {
  const { bill, settled, paidBefore, nextPaid, writtenOff, paid, underWay, toPay } = story
  const closed = bill.withdrawnAt
    ? [{ name: words.t('bill.status.withdrawn'), value: <Money words={words} cents={-bill.total} /> }]
    : [
        ...(settled > 0n
          ? [{ name: words.t('bill.status.settled'), value: <Money words={words} cents={-settled} /> }]
          : []),
        ...(paidBefore > 0n
          ? [{ name: words.t('bill.paidBefore'), value: <Money words={words} cents={-paidBefore} /> }]
          : []),
        ...(nextPaid > 0n
          ? [{ name: words.t('bill.nextPaid'), value: <Money words={words} cents={-nextPaid} /> }]
          : []),
        ...(writtenOff > 0n
          ? [{ name: words.t('bill.writtenOff'), value: <Money words={words} cents={-writtenOff} /> }]
          : []),
        ...(paid > 0n ? [{ name: words.t('bill.paid'), value: <Money words={words} cents={-paid} /> }] : []),
      ]
  const rows = [
    { name: words.t('bill.charges'), value: <Money words={words} cents={bill.charged} /> },
    ...(bill.insurancePaid > 0n
      ? [{ name: words.t('bill.insurancePaid'), value: <Money words={words} cents={-bill.insurancePaid} /> }]
      : []),
    ...(bill.discount > 0n
      ? [{ name: words.t('bill.discount'), value: <Money words={words} cents={-bill.discount} /> }]
      : []),
    ...(bill.total < bill.charged
      ? [{ name: words.t('bill.yourPart'), value: <Money words={words} cents={bill.total} />, total: true }]
      : []),
    ...closed,
    ...(underWay > 0n ? [{ name: words.t('bill.underway'), value: <Money words={words} cents={-underWay} /> }] : []),
    { name: words.t('bill.youOwe'), value: <Money words={words} cents={toPay} />, total: true },
  ]
  return (
    <div class="pad sums">
      <Facts facts={rows} />
      {bill.payer && bill.discount > 0n && (
        <p class="small muted">{words.t('bill.discount.why', { insurer: bill.payer })}</p>
      )}
      {bill.paidToPatient > 0n && (
        <p class="small muted">{words.t('bill.paidToPatient', { amount: bill.paidToPatient })}</p>
      )}
    </div>
  )
}

function ToPay({ context: { words, practice, settings }, story }: { context: Context; story: BillStory }) {
  const { bill, toPay, owed } = story
  const way = payWay(owed, toPay, settings)
  return (
    <Card pad>
      <div>
        <p class="muted">{words.t('bill.youOwe')}</p>
        <LargeMoney words={words} cents={toPay} />
      </div>
      {toPay > 0n ? (
        <div class="act">
          <TooSmall words={words} practice={practice} way={way} amount={toPay} />
          {way === 'alone' && (
            <ButtonLink href={paths.newPayment(practice.slug, bill.id)} kind="primary" block>
              {words.t('bills.pay', { amount: toPay })}
            </ButtonLink>
          )}
          {way === 'together' && (
            <ButtonLink href={paths.newPayment(practice.slug)} kind="primary" block>
              {words.t('small.payAll', { amount: owed.total })}
            </ButtonLink>
          )}
        </div>
      ) : (
        bill.open === 0n && <p>{words.t(bill.withdrawnAt ? 'bill.withdrawn' : 'bill.paidInFull')}</p>
      )}
      <p class="small muted">
        {words.t('bill.question')}{' '}
        {words.rich('practice.call', {
          phone: <a href={`tel:${practice.phone.replace(/[^\d+]/g, '')}`}>{practice.phone}</a>,
        })}
      </p>
    </Card>
  )
}
