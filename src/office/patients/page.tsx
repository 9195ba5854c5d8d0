import { didJustNow } from '../../audit/events.ts'
import type { Invoice } from '../../billing/invoices.ts'
import { Card } from '../../design/card.tsx'
import { type Fact, Facts } from '../../design/facts.tsx'
import { Money } from '../../design/money.tsx'
import { Name } from '../../design/name.tsx'
import { Notice } from '../../design/notice.tsx'
import { OfficePage } from '../../design/office-page.tsx'
import { PageHead } from '../../design/page-head.tsx'
import { fullName, type Patient } from '../../identity/patients.ts'
import { ageOn } from '../../kernel/dates.ts'
import { sumCents } from '../../kernel/money.ts'
import { paths } from '../../kernel/paths.ts'
import { mintId } from '../../payments/mint.ts'
import { page } from '../../web/answers.ts'
import { type StaffGet, staffGet } from '../../web/route.ts'
import { OpenBills } from './bills.tsx'
import { PATIENT_PATH, type PatientContext } from './context.ts'
import { DeskForm, type DeskReturned } from './desk.tsx'
import { type Household, readHousehold } from './household.ts'
import { Differences, RecordNotices } from './record.tsx'
import { HouseholdPayments, Waiting } from './tables.tsx'

/** A patient with the household: what is owed and by whom, bills, payments, what waits for insurance. */
export const pageRoute = staffGet({ path: PATIENT_PATH, room: 'billing', audit: 'patient.see' }, async context => {
  const { tx, practice, records } = context
  const household = await readHousehold(tx, practice.id, records.patient.account)
  return page(<PatientPage context={context} household={household} mailed={await readMailed(context, household)} />)
})

/** The bill that its reader just had mailed, where the address names it and it is in the audit. */
async function readMailed({ tx, actor, query }: StaffGet, { bills }: Household): Promise<Invoice | undefined> {
  const bill = bills.find(each => each.id === query.get('mailed'))
  return bill && (await didJustNow(tx, actor, { type: 'invoice.mailed', subjects: [bill.id] })) ? bill : undefined
}

type Props = {
  context: PatientContext
  household: Household
  /** The bill that was just mailed. */
  mailed?: Invoice | undefined
  returned?: DeskReturned | undefined
}

export function PatientPage({ context, household, mailed, returned }: Props) {
  const { words, frame, practice, records, app, actor } = context
  const { patient } = records
  return (
    <OfficePage frame={frame} title={fullName(patient)} place="patients">
      <PageHead
        title={<Name>{fullName(patient)}</Name>}
        back={{ href: paths.office.patients(practice.slug), label: words.t('office.patient.back') }}
        under={<About context={context} patient={patient} />}
      />
      {returned && !returned.field && (
        <Notice tone="bad" alert>
          {returned.error}
        </Notice>
      )}
      {mailed && (
        <Notice tone="good" icon="mail" status>
          {words.t('office.bill.mailed', { number: mailed.number, email: words.list(household.addresses) })}
        </Notice>
      )}
      <RecordNotices context={context} patient={patient} />
      <div class="columns form-aside">
        <div class="stack-l">
          <OpenBills context={context} household={household} />
          <Waiting context={context} household={household} />
          <HouseholdPayments context={context} household={household} />
        </div>
        <aside class="stack-l">
          <OwedCard context={context} household={household} />
          <Differences words={words} differences={household.differences.filter(each => each.patient === patient.id)} />
          <DeskForm
            context={context}
            household={household}
            payment={mintId(app, 'pay', { session: actor.session, account: patient.account })}
            returned={returned}
          />
        </aside>
      </div>
    </OfficePage>
  )
}

function About({ context: { words, today }, patient }: { context: PatientContext; patient: Patient }) {
  const said = [
    words.t('office.patient.born', { day: words.dayFull(patient.bornOn) }),
    words.t('office.patient.age', { age: ageOn(patient.bornOn, today) }),
    isSpoken(patient.recordNumber) && words.t('office.patient.recordNumber', { number: patient.recordNumber }),
    patient.phone,
    patient.email,
  ]
  return said.filter(Boolean).join(' · ')
}

/** Whether a record number is one that people use; a UUID is another program's key, and says nothing to anybody. */
function isSpoken(number: string | null): number is string {
  return number !== null && !/^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i.test(number)
}

/** Who owes what, the guarantor first; what is being paid and what is held stand apart. */
function OwedCard({
  context: { words, practice, records },
  household,
}: {
  context: PatientContext
  household: Household
}) {
  const { people, owed, underWay } = household
  const by = owed.byPatient
  const money = (cents: bigint) => <Money words={words} cents={cents} />
  const facts: Fact[] = people.map((person, i) => ({
    name: (
      <>
        {person.id === records.patient.id ? (
          <Name>{fullName(person)}</Name>
        ) : (
          <a href={paths.office.patient(practice.slug, person.id)}>
            <Name>{fullName(person)}</Name>
          </a>
        )}
        {i === 0 && <span class="small">, {words.t('office.patient.guarantor').toLowerCase()}</span>}
        {person.deceased && <span class="small">, {words.t('office.patient.deceased')}</span>}
      </>
    ),
    value: money(by.get(person.id) ?? 0n),
  }))
  facts.push({ name: words.t('office.patient.total'), value: money(owed.total), total: true })
  const paying = sumCents(underWay.map(payment => payment.amount))
  if (paying > 0n) facts.push({ name: words.t('office.patient.underway'), value: money(paying) })
  if (owed.creditTotal > 0n) facts.push({ name: words.t('office.patient.credit'), value: money(owed.creditTotal) })
  return (
    <Card title={words.t('office.patient.household')} id="household" pad>
      <Facts facts={facts} />
    </Card>
  )
}
