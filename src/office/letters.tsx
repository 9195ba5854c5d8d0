import { didJustNow } from '../audit/events.ts'
import { Button } from '../design/button.tsx'
import { Card } from '../design/card.tsx'
import { Empty } from '../design/empty.tsx'
import { PostForm } from '../design/form.tsx'
import { Name } from '../design/name.tsx'
import { Notice } from '../design/notice.tsx'
import { OfficePage } from '../design/office-page.tsx'
import { PageHead } from '../design/page-head.tsx'
import { type Column, Table } from '../design/table.tsx'
import { selectGuarantors } from '../identity/accounts.ts'
import { selectStaffNames } from '../identity/staff.ts'
import { dayIn } from '../kernel/dates.ts'
import { isId, type PatientId } from '../kernel/ids.ts'
import { paths } from '../kernel/paths.ts'
import { selectUnsent, type Unsent } from '../notifications/messages.ts'
import { seeLetter } from '../notifications/see-letter.ts'
import { batch, rows } from '../platform/database.ts'
import { page, seeOther } from '../web/answers.ts'
import { type Route, type StaffGet, staffGet, staffPost } from '../web/route.ts'

const MOST = 100

type Found = {
  readonly letters: readonly Unsent[]
  /** Who answers for each household, by account. */
  readonly guarantors: ReadonlyMap<string, { patient: PatientId; name: string }>
  readonly staff: ReadonlyMap<string, string>
}

/** Letters that never reached anybody, with the reason: those that nobody has seen first. */
const listRoute = staffGet(
  { path: '/:practice/office/letters', room: 'notifications', audit: 'letters.see' },
  async context => {
    const { words, frame } = context
    const found = await read(context)
    return page(
      <OfficePage frame={frame} title={words.t('office.letters.title')} place="letters">
        <PageHead title={words.t('office.letters.title')} under={words.t('office.letters.lead')} />
        {(await wasJustSeen(context)) && (
          <Notice tone="good" status>
            {words.t('office.letters.done')}
          </Notice>
        )}
        <Card>
          {found.letters.length > 0 ? (
            <Table
              caption={words.t('office.letters.title')}
              columns={columnsOf(context, found)}
              rows={found.letters}
              keyOf={letter => letter.id}
              cards
            />
          ) : (
            <Empty title={words.t('office.letters.none')}>{words.t('office.letters.none.lead')}</Empty>
          )}
        </Card>
      </OfficePage>,
    )
  },
)

/** Takes a letter off what nobody has seen. */
const seenRoute = staffPost(
  {
    path: '/:practice/office/letters/:letter/seen',
    room: 'notifications',
    audit: 'letter.see',
    limit: 'form',
    form: {},
  },
  async ({ app, actor, practice, records: { letter } }) => {
    await seeLetter(app, actor, letter)
    return seeOther(paths.office.letters(practice.slug, letter.id))
  },
)

export const letterRoutes: Route[] = [listRoute, seenRoute]

async function wasJustSeen({ tx, actor, query }: StaffGet): Promise<boolean> {
  const letter = query.get('seen') ?? ''
  return isId('msg', letter) && didJustNow(tx, actor, { type: 'letter.seen', subjects: [letter] })
}

async function read({ tx, practice: { id: practice } }: StaffGet): Promise<Found> {
  const letters = await rows(tx, selectUnsent(practice, { limit: MOST }))
  const accounts = [...new Set(letters.flatMap(({ account }) => account ?? []))]
  const seenBy = [...new Set(letters.flatMap(({ seenBy }) => seenBy ?? []))]
  const [guarantors, staff] = await batch(tx, [
    selectGuarantors(practice, accounts),
    selectStaffNames(practice, seenBy),
  ])
  return {
    letters,
    guarantors: new Map(guarantors.map(row => [row.account, row])),
    staff: new Map(staff.map(row => [row.id, row.name])),
  }
}

function columnsOf(context: StaffGet, found: Found): Column<Unsent>[] {
  const { words, practice, today } = context
  const day = ({ madeAt }: Unsent) => words.day(dayIn(practice.timeZone, madeAt), today)
  return [
    { head: words.t('office.column.when'), muted: true, nowrap: true, wide: true, cell: day },
    {
      head: words.t('office.column.letter'),
      rowHead: true,
      cell: letter => (
        <>
          {words.t(`office.letter.${letter.kind}`)}
          <span class="sub">
            {letter.recipient}
            <span class="only-narrow"> · {day(letter)}</span>
          </span>
        </>
      ),
    },
    {
      head: words.t('office.column.guarantor'),
      wide: true,
      cell: ({ account }) => <Guarantor context={context} person={found.guarantors.get(account ?? '')} />,
    },
    {
      head: words.t('office.column.reason'),
      cell: letter => (
        <>
          {words.t(`office.letter.reason.${letter.reason}`)}
          <span class="sub">{words.t('office.letter.tries', { tries: letter.tries })}</span>
        </>
      ),
    },
    { head: words.t('office.column.act'), cell: letter => <Seen context={context} letter={letter} found={found} /> },
  ]
}

function Guarantor({
  context,
  person,
}: {
  context: StaffGet
  person: { patient: PatientId; name: string } | undefined
}) {
  if (!person) return '–'
  return (
    <a href={paths.office.patient(context.practice.slug, person.patient)}>
      <Name>{person.name}</Name>
    </a>
  )
}

function Seen({ context, letter, found }: { context: StaffGet; letter: Unsent; found: Found }) {
  const { words, frame, practice, today } = context
  if (letter.seenAt) {
    const day = words.day(dayIn(practice.timeZone, letter.seenAt), today)
    const name = <Name>{found.staff.get(letter.seenBy ?? '') ?? words.t('office.noName')}</Name>
    return <span class="muted">{words.rich('office.letter.seenBy', { name, day })}</span>
  }
  return (
    <PostForm action={paths.office.letterSeen(practice.slug, letter.id)} csrf={frame.csrf}>
      <Button size="small" label={words.t('office.letter.seen.label', { to: letter.recipient })}>
        {words.t('office.letter.seen')}
      </Button>
    </PostForm>
  )
}
