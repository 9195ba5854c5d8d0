import { BarePage } from '../../design/bare-page.tsx'
import { Empty } from '../../design/empty.tsx'
import { Search } from '../../design/search.tsx'
import { Time } from '../../design/time.tsx'
import { officeWords, wordsFor } from '../../design/words.ts'
import { emailIn } from '../../identity/emails.ts'
import { paths } from '../../kernel/paths.ts'
import { Refusal } from '../../kernel/refusal.ts'
import { readMailbox, type StoredMail } from '../../platform/mail.ts'
import { json, page } from '../../web/answers.ts'
import { type PlainGet, plainGet, type Route } from '../../web/route.ts'

/** How many mails the page shows; the rest is found by address. */
const SHOWN = 50

/** The mails that never left: only where they may be anyone's to read. */
export const mailboxRoutes: Route[] = [
  plainGet({ path: '/dev/mailbox', room: 'platform', audit: null }, async context => {
    const { to, mails } = await read(context)
    return page(<Mailbox context={context} to={to} mails={mails} />)
  }),
  plainGet({ path: '/dev/mailbox.json', room: 'platform', audit: null, answers: 'json' }, async context =>
    json((await read(context)).mails),
  ),
]

async function read({ app, query }: PlainGet): Promise<{ to: string | undefined; mails: StoredMail[] }> {
  if (app.config.mode === 'production') throw new Refusal('absent', 'absent')
  const typed = query.get('to')?.trim().slice(0, 254) || undefined
  const to = typed && (emailIn(typed) ?? typed)
  return { to, mails: await readMailbox(app.config.dataFolder, to) }
}

type Props = { context: PlainGet; to: string | undefined; mails: readonly StoredMail[] }

function Mailbox({ context: { frame }, to, mails }: Props) {
  const words = officeWords()
  const title = words.t('mailbox.title')
  return (
    <BarePage frame={{ ...frame, words: wordsFor('en') }} title={title} wide>
      <div class="stack-s">
        <h1>{title}</h1>
        <p class="muted">{words.t('mailbox.lead')}</p>
      </div>
      <Search
        action={paths.mailbox()}
        label={words.t('mailbox.filter')}
        hint={words.t('mailbox.filter')}
        button={words.t('mailbox.filter.button')}
        name="to"
        value={to}
        clear={to ? { href: paths.mailbox(), label: words.t('mailbox.all') } : undefined}
      />
      {mails.length === 0 && (
        <section class="card">
          <Empty icon="inbox" title={to ? words.t('mailbox.none.for', { email: to }) : words.t('mailbox.none')}>
            {words.t('mailbox.none.lead')}
          </Empty>
        </section>
      )}
      {mails.slice(0, SHOWN).map((mail, i) => (
        <OneMail key={`${mail.at} ${i}`} mail={mail} />
      ))}
    </BarePage>
  )
}

function OneMail({ mail }: { mail: StoredMail }) {
  const words = officeWords()
  const at = Temporal.Instant.from(mail.at)
  const zone = Temporal.Now.timeZoneId()
  return (
    // Several mails have one subject, so none is a landmark by it.
    <article class="card">
      <header>
        <h2>{mail.subject}</h2>
        <p class="muted small">
          {words.rich('mailbox.to', { email: <a href={paths.mailbox(mail.to)}>{mail.to}</a> })} ·{' '}
          <Time at={at}>
            {words.dateTime(at, zone)} ({zone})
          </Time>
        </p>
      </header>
      <p class="pad mail-text">
        <Linked text={mail.text} />
      </p>
    </article>
  )
}

/** A mail's text with its links to follow; its HTML is never shown as a page of ours. */
function Linked({ text }: { text: string }) {
  return (
    <>
      {text.split(/(https?:\/\/[^\s<>"]+)/).map((part, i) =>
        i % 2 === 1 ? (
          <a key={part} href={part} rel="noreferrer">
            {part}
          </a>
        ) : (
          part
        ),
      )}
    </>
  )
}
