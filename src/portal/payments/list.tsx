import { ButtonLink } from '../../design/button.tsx'
import { Card } from '../../design/card.tsx'
import { Empty } from '../../design/empty.tsx'
import { Money } from '../../design/money.tsx'
import { PageHead } from '../../design/page-head.tsx'
import { Pager } from '../../design/pager.tsx'
import { paidWith } from '../../design/paid-with.ts'
import { PortalPage } from '../../design/portal-page.tsx'
import { type Column, Table } from '../../design/table.tsx'
import { Tag } from '../../design/tag.tsx'
import type { Words } from '../../design/words.ts'
import type { Returned } from '../../documents/payment-state.ts'
import { dayIn } from '../../kernel/dates.ts'
import { paths } from '../../kernel/paths.ts'
import { type PaidBill, selectPaidBills, selectReturns } from '../../payments/history.ts'
import { type Payment, selectPayments } from '../../payments/payments.ts'
import { batch, rows } from '../../platform/database.ts'
import { page } from '../../web/answers.ts'
import { lookUp } from '../../web/records.ts'
import { type PatientGet, patientGet } from '../../web/route.ts'
import { tagOf } from './state.ts'

const PAGE = 25

type Row = { readonly payment: Payment; readonly bills: readonly PaidBill[]; readonly returned: Returned }

/** Payments of the past and those under way, newest first, each with its receipt. */
export const paymentListRoute = patientGet(
  { path: '/:practice/payments', room: 'payments', audit: 'payments.see' },
  async context => {
    const { practice, actor, words, tx, query, frame } = context
    const from = query.get('after')
    const after = from ? (await lookUp(tx, practice.id, 'payment', from)).id : undefined
    const found = await rows(tx, selectPayments(practice.id, actor.account, { after, limit: PAGE + 1 }))
    const list = await readRows(context, found.slice(0, PAGE))
    const last = found.length > PAGE ? list.at(-1)?.payment.id : undefined
    return page(
      <PortalPage frame={frame} title={words.t('payments.title')} place="payments">
        <PageHead title={words.t('payments.title')} />
        <Card>
          {list.length > 0 ? (
            <PaymentTable context={context} list={list} />
          ) : (
            <Empty icon="banknote" title={words.t('payments.none')}>
              {words.t('payments.none.lead')}
            </Empty>
          )}
          <Pager
            label={words.t('payments.title')}
            newest={after ? { href: paths.payments(practice.slug), label: words.t('payments.newest') } : undefined}
            older={last ? { href: paths.payments(practice.slug, last), label: words.t('payments.older') } : undefined}
          />
        </Card>
      </PortalPage>,
    )
  },
)

async function readRows({ practice, tx }: PatientGet, payments: readonly Payment[]): Promise<Row[]> {
  const ids = payments.map(payment => payment.id)
  const [bills, returns] = await batch(tx, [selectPaidBills(practice.id, ids), selectReturns(practice.id, ids)])
  return payments.map(payment => ({
    payment,
    bills: bills.filter(bill => bill.payment === payment.id),
    returned: returns.find(each => each.payment === payment.id) ?? { refunded: 0n, disputed: false, lost: false },
  }))
}

function PaymentTable({ context, list }: { context: PatientGet; list: readonly Row[] }) {
  const { words, practice, today } = context
  const on = (payment: Payment) => words.day(dayIn(practice.timeZone, payment.receivedAt ?? payment.createdAt), today)
  const columns: Column<Row>[] = [
    {
      head: words.t('payments.for'),
      rowHead: true,
      cell: ({ payment, bills }) => (
        <>
          <a href={paths.payment(practice.slug, payment.id)}>{forWhat(words, bills)}</a>
          <span class="sub">
            {on(payment)} · {paidWith(words, payment)}
          </span>
        </>
      ),
    },
    { head: words.t('payment.status'), cell: row => <StatusTag words={words} row={row} /> },
    {
      head: words.t('payment.receipt'),
      wide: true,
      cell: ({ payment }) =>
        payment.status === 'succeeded' && (
          <ButtonLink
            href={paths.receiptPdf(practice.slug, payment.id)}
            kind="quiet"
            size="small"
            icon="download"
            label={words.t('payment.receipt.of', { amount: payment.amount, day: on(payment) })}
          >
            {words.t('bill.pdf')}
          </ButtonLink>
        ),
    },
    {
      head: words.t('payment.amount'),
      num: true,
      strong: true,
      cell: ({ payment }) => <Money words={words} cents={payment.amount} />,
    },
  ]
  return <Table caption={words.t('payments.title')} columns={columns} rows={list} keyOf={row => row.payment.id} cards />
}

function StatusTag({ words, row: { payment, returned } }: { words: Words; row: Row }) {
  const { word, tone } = tagOf(payment, returned)
  return <Tag tone={tone}>{words.t(word)}</Tag>
}

/** The bill by its title where it is one; else how many. */
function forWhat(words: Words, bills: readonly PaidBill[]): string {
  const [first, ...others] = bills
  if (!first) return words.t('payments.for.account')
  return others.length === 0 ? first.title : words.t('payments.for.bills', { count: bills.length })
}
