import { Card } from '../../design/card.tsx'
import { type Fact, Facts } from '../../design/facts.tsx'
import { Name } from '../../design/name.tsx'
import { Notice } from '../../design/notice.tsx'
import type { OfficeWords } from '../../design/words.ts'
import type { Difference } from '../../identity/patient-record.ts'
import { fullName, type Patient } from '../../identity/patients.ts'
import { parseDay } from '../../kernel/dates.ts'
import { paths } from '../../kernel/paths.ts'
import type { Address } from '../../practice/practices.ts'
import type { PatientContext } from './context.ts'

/** What changes how a patient's page is read: that they died, or that another record took this one's place. */
export function RecordNotices({
  context: { words, practice },
  patient,
}: {
  context: PatientContext
  patient: Patient
}) {
  return (
    <>
      {patient.deceased && (
        <Notice tone="warn">
          {diedText(words, patient)} {words.t('office.patient.died.ends')}
        </Notice>
      )}
      {patient.replacedBy && (
        <Notice
          action={
            <a href={paths.office.patient(practice.slug, patient.replacedBy)}>
              {words.t('office.patient.replaced.open')}
            </a>
          }
        >
          {words.t('office.patient.replaced')}
        </Notice>
      )}
    </>
  )
}

/** That somebody died, with the day where it is known. */
export function diedText(words: OfficeWords, { deceasedOn }: Pick<Patient, 'deceasedOn'>): string {
  return deceasedOn
    ? words.t('office.patient.died', { day: words.dayFull(deceasedOn) })
    : words.t('office.patient.died.unknown')
}

/** What files say of the patient that stands otherwise in the record. */
export function Differences({ words, differences }: { words: OfficeWords; differences: readonly Difference[] }) {
  if (differences.length === 0) return null
  const facts: Fact[] = differences.map(difference => ({
    name: words.t(`office.patient.part.${difference.part}`),
    value: <Name>{theirsText(words, difference)}</Name>,
  }))
  return (
    <Card title={words.t('office.patient.differs')} id="differs" pad>
      <p class="muted small">{words.t('office.patient.differs.lead')}</p>
      <Facts facts={facts} plain />
    </Card>
  )
}

function theirsText(words: OfficeWords, { part, theirs }: Difference): string {
  if (part === 'name') return fullName(theirs as Parameters<typeof fullName>[0])
  if (part === 'address') return addressText(theirs as Address)
  if (part !== 'death') return String(theirs)
  const { died, on } = theirs as { died: boolean; on: string | null }
  return died ? diedText(words, { deceasedOn: parseDay(on ?? '') ?? null }) : words.t('office.patient.alive')
}

function addressText({ lines = [], city, state, postalCode }: Address): string {
  return [...lines, city, [state, postalCode].filter(Boolean).join(' ')].filter(Boolean).join(', ')
}
