import { Card } from '../../design/card.tsx'
import { Empty } from '../../design/empty.tsx'
import { Money } from '../../design/money.tsx'
import { Name } from '../../design/name.tsx'
import { Notice } from '../../design/notice.tsx'
import { OfficePage } from '../../design/office-page.tsx'
import { PageHead } from '../../design/page-head.tsx'
import { Pager } from '../../design/pager.tsx'
import { Search } from '../../design/search.tsx'
import { type Column, Table } from '../../design/table.tsx'
import { selectGuarantors } from '../../identity/accounts.ts'
import { fullName, listPatients, type Patient } from '../../identity/patients.ts'
import { isId, type PatientId } from '../../kernel/ids.ts'
import type { Cents } from '../../kernel/money.ts'
import { paths } from '../../kernel/paths.ts'
import { selectOwedByPatient } from '../../payments/owed-sums.ts'
import { batch } from '../../platform/database.ts'
import { page } from '../../web/answers.ts'
import { type StaffGet, staffGet } from '../../web/route.ts'

const PAGE = 50

type Found = {
  readonly q: string | undefined
  readonly after: PatientId | undefined
  /** Somebody came to record a payment: whose? */
  readonly pays: boolean
  readonly patients: readonly Patient[]
  readonly more: boolean
  readonly owed: ReadonlyMap<PatientId, Cents>
  readonly guarantors: ReadonlyMap<string, string>
}

/** The practice's patients by name, each with what they owe. */
export const listRoute = staffGet(
  { path: '/:practice/office/patients', room: 'identity', audit: 'patients.see' },
  async context => {
    const { words, frame, practice } = context
    const found = await read(context)
    const { q, pays, patients } = found
    return page(
      <OfficePage frame={frame} title={words.t('office.patients.title')} place="patients">
        <PageHead title={words.t('office.patients.title')} />
        {pays && <Notice icon="banknote">{words.t('office.patients.pay')}</Notice>}
        <Card>
          <header>
            <Search
              action={paths.office.patients(practice.slug)}
              label={words.t('office.search')}
              hint={words.t('office.patients.search')}
              button={words.t('office.search')}
              value={q}
              hidden={pays ? { pay: '1' } : {}}
              clear={q ? { href: listPath(context, found, {}), label: words.t('office.clear') } : undefined}
            />
          </header>
          {patients.length > 0 ? (
            <Patients context={context} found={found} />
          ) : (
            <Empty icon="users" title={words.t('office.patients.none')}>
              {words.t('office.patients.none.lead')}
            </Empty>
          )}
          <Pages context={context} found={found} />
        </Card>
      </OfficePage>,
    )
  },
)

async function read({ tx, practice: { id: practice }, query }: StaffGet): Promise<Found> {
  const q = query.get('q')?.trim().slice(0, 100) || undefined
  const asked = query.get('after') ?? ''
  const after = isId('pat', asked) ? asked : undefined
  const patients = await listPatients(tx, practice, {
    limit: PAGE + 1,
    ...(q ? { q } : {}),
    ...(after ? { after } : {}),
  })
  const shown = patients.slice(0, PAGE)
  const accounts = [...new Set(shown.map(patient => patient.account))]
  const [owed, guarantors] = await batch(tx, [
    selectOwedByPatient(practice, accounts),
    selectGuarantors(practice, accounts),
  ])
  return {
    q,
    after,
    pays: query.has('pay'),
    patients: shown,
    more: patients.length > PAGE,
    owed: new Map(owed.map(row => [row.patient, row.cents])),
    guarantors: new Map(guarantors.map(row => [row.account, row.name])),
  }
}

function Patients({ context, found }: { context: StaffGet; found: Found }) {
  const { words, practice } = context
  const born = (patient: Patient) => words.day(patient.bornOn, context.today)
  const columns: Column<Patient>[] = [
    {
      head: words.t('office.column.patient'),
      rowHead: true,
      cell: patient => (
        <>
          <a href={paths.office.patient(practice.slug, patient.id)}>
            <Name>{fullName(patient)}</Name>
          </a>
          <span class="sub only-narrow">{words.t('office.patient.born', { day: born(patient) })}</span>
        </>
      ),
    },
    { head: words.t('office.column.born'), wide: true, muted: true, nowrap: true, cell: born },
    {
      head: words.t('office.column.guarantor'),
      wide: true,
      cell: patient => <Name>{found.guarantors.get(patient.account) ?? '–'}</Name>,
    },
    { head: words.t('office.column.email'), wide: true, muted: true, cell: patient => patient.email ?? '–' },
    {
      head: words.t('office.column.owes'),
      num: true,
      strong: true,
      cell: patient => {
        const cents = found.owed.get(patient.id)
        return cents ? <Money words={words} cents={cents} /> : '–'
      },
    },
  ]
  return (
    <Table
      caption={words.t('office.patients.title')}
      columns={columns}
      rows={found.patients}
      keyOf={patient => patient.id}
      cards
    />
  )
}

function Pages({ context, found }: { context: StaffGet; found: Found }) {
  const { words } = context
  const last = found.more ? found.patients.at(-1) : undefined
  return (
    <Pager
      label={words.t('office.patients.pages')}
      newest={
        found.after && {
          href: listPath(context, found, { q: found.q }),
          label: words.t('office.patients.newest'),
        }
      }
      older={
        last && {
          href: listPath(context, found, { q: found.q, after: last.id }),
          label: words.t('office.patients.older'),
        }
      }
    />
  )
}

function listPath(
  { practice }: StaffGet,
  { pays }: Found,
  { q, after }: { q?: string | undefined; after?: PatientId },
) {
  return paths.office.patients(practice.slug, {
    ...(pays ? { pay: '1' } : {}),
    ...(q ? { q } : {}),
    ...(after ? { after } : {}),
  })
}
