import { paths } from '../../kernel/paths.ts'
import { recordDeskPayment } from '../../payments/desk.ts'
import { seeOther } from '../../web/answers.ts'
import { staffPost } from '../../web/route.ts'
import { officeSentence } from '../sentence.ts'
import { deskFields } from './desk.tsx'
import { readHouseholdAgain } from './household.ts'
import { PatientPage } from './page.tsx'

/** Records cash or a check handed over at the desk; leads to the payment, which shows where it went. */
export const deskRoute = staffPost(
  {
    path: '/:practice/office/patients/:patient/payments',
    room: 'payments',
    audit: 'payment.record',
    limit: 'pay',
    names: { bill: 'bill' },
    mints: { payment: 'payment' },
    fields: deskFields,
    form: { payment: ':payment', amount: '10.00', kind: 'cash', bill: ':bill', reference: '' },
  },
  async ({ app, actor, practice, records, fields }) => {
    const { bill: bills, ...order } = fields
    const payment = await recordDeskPayment(app, actor, { ...order, bills, account: records.patient.account })
    return seeOther(paths.office.transaction(practice.slug, payment.id, 'recorded'))
  },
  async (context, { refusal, form }) => {
    const returned = { error: officeSentence(context.words, refusal), field: refusal.field, form }
    return <PatientPage context={context} household={await readHouseholdAgain(context)} returned={returned} />
  },
)
