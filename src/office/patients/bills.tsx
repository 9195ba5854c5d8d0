import type { Invoice } from '../../billing/invoices.ts'
import { mailBill } from '../../billing/mail-bill.ts'
import { Button } from '../../design/button.tsx'
import { Card } from '../../design/card.tsx'
import { PostForm } from '../../design/form.tsx'
import { Money } from '../../design/money.tsx'
import { Name } from '../../design/name.tsx'
import { type Column, Table } from '../../design/table.tsx'
import { paths } from '../../kernel/paths.ts'
import type { Bill } from '../../payments/owed-sums.ts'
import { seeOther } from '../../web/answers.ts'
import { staffPost } from '../../web/route.ts'
import type { PatientContext } from './context.ts'
import { type Household, nameIn } from './household.ts'

/** Mails the household a link that opens this bill. */
export const billMailRoute = staffPost(
  { path: '/:practice/office/bills/:bill/mail', room: 'billing', audit: 'invoice.mail', limit: 'form', form: {} },
  async ({ app, actor, practice, records: { bill } }) => {
    await mailBill(app, actor, bill)
    return seeOther(paths.office.patient(practice.slug, bill.patient, bill.id))
  },
)

/** The household's open bills, newest first, each to be mailed where there is an address. */
export function OpenBills({ context, household }: { context: PatientContext; household: Household }) {
  const { words } = context
  const title = words.t('office.patient.openBills')
  return (
    <Card title={title} id="bills">
      {household.bills.length > 0 ? (
        <Table
          caption={title}
          columns={columnsOf(context, household)}
          rows={household.bills}
          keyOf={bill => bill.id}
          cards
        />
      ) : (
        <p class="pad muted">{words.t('office.patient.noOpenBills')}</p>
      )}
    </Card>
  )
}

function columnsOf(context: PatientContext, household: Household): Column<Bill>[] {
  const { words, today } = context
  const due = (bill: Invoice) => words.day(bill.dueOn, today)
  const columns: Column<Bill>[] = [
    {
      head: words.t('office.column.bill'),
      rowHead: true,
      cell: bill => (
        <>
          {bill.title}
          <span class="sub">
            {bill.number} · <Name>{nameIn(household, bill.patient)}</Name>
            <span class="only-narrow"> · {due(bill)}</span>
          </span>
        </>
      ),
    },
    { head: words.t('office.column.due'), wide: true, muted: true, nowrap: true, cell: due },
    {
      head: words.t('office.column.open'),
      num: true,
      strong: true,
      cell: bill => (
        <>
          <Money words={words} cents={bill.open} />
          {bill.open < bill.total && <span class="sub">{words.t('office.patient.billOf', { total: bill.total })}</span>}
        </>
      ),
    },
  ]
  return household.addresses.length > 0 ? [...columns, mailColumn(context)] : columns
}

/** What payments under way will cover is not asked for by mail. */
function mailColumn({ words, practice, frame }: PatientContext): Column<Bill> {
  return {
    head: words.t('office.column.act'),
    cell: bill =>
      bill.toPay === 0n ? (
        <span class="muted">{words.t('office.bill.beingPaid')}</span>
      ) : (
        <PostForm action={paths.office.billMail(practice.slug, bill.id)} csrf={frame.csrf}>
          <Button size="small" label={words.t('office.bill.mail.label', { number: bill.number })}>
            {words.t('office.bill.mail')}
          </Button>
        </PostForm>
      ),
  }
}
