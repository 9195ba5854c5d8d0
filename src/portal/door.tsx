import { z } from 'zod'
import { BarePage } from '../design/bare-page.tsx'
import { Button } from '../design/button.tsx'
import { PhoneHelp } from '../design/error-page.tsx'
import { Field } from '../design/field.tsx'
import { PostForm } from '../design/form.tsx'
import { Notice } from '../design/notice.tsx'
import { readEmail } from '../identity/emails.ts'
import { askLink } from '../identity/links.ts'
import { chooseLocale } from '../identity/logins.ts'
import { endSession } from '../identity/sessions.ts'
import { paths, safeNext } from '../kernel/paths.ts'
import { page, seeOther } from '../web/answers.ts'
import { sayRefusal } from '../web/errors.tsx'
import { text } from '../web/fields.ts'
import { type DoorGet, doorGet, doorPost, leavePost, type Route } from '../web/route.ts'
import { clearSessionCookie, setLocaleCookie } from '../web/session.ts'

/** The portal's door: ask for a link with an email; the answer is the same for every address. */
export const doorRoutes: Route[] = [
  doorGet({ path: '/:practice', room: 'portal', audit: null }, async context => {
    const { practice, settings, signedIn, query } = context
    if (signedIn.patient && !query.has('next'))
      return seeOther(settings.landing === 'home' ? paths.home(practice.slug) : paths.bills(practice.slug))
    return page(<DoorPage context={context} />)
  }),
  doorPost(
    {
      path: '/:practice',
      room: 'identity',
      audit: 'link.ask',
      limit: 'door',
      csrf: false,
      fields: z.object({ email: text(), next: text() }),
      form: { email: 'maria.ortega@example.org' },
    },
    async context => {
      const { app, practice, fields, asker } = context
      const email = readEmail(fields.email)
      await askLink(app, practice.id, { email, destination: safeNext(practice.slug, fields.next), asker })
      return page(<SentPage context={context} email={email} />)
    },
    (context, { refusal, form }) => (
      <DoorPage context={context} typed={form.text('email')} error={sayRefusal(context.words, refusal)} />
    ),
  ),
  doorPost(
    {
      path: '/:practice/language',
      room: 'identity',
      audit: null,
      limit: 'door',
      csrf: false,
      fields: z.object({ locale: text(), next: text() }),
      form: { locale: 'es' },
    },
    async ({ app, http, practice, login, fields }) => {
      const locale = fields.locale === 'es' ? 'es' : 'en'
      setLocaleCookie(app, http, locale)
      if (login) await chooseLocale(app, practice.id, login, locale)
      return seeOther(safeNext(practice.slug, fields.next) ?? paths.door(practice.slug))
    },
  ),
  leavePost(
    'patient',
    { path: '/:practice/sign-out', room: 'identity', audit: 'session.end', limit: 'form', form: {} },
    async ({ app, http, practice, actor, session }) => {
      await endSession(app, actor, session)
      clearSessionCookie(app, http)
      return seeOther(paths.door(practice.slug, { out: '1' }))
    },
  ),
]

function DoorPage({ context, typed = '', error }: { context: DoorGet; typed?: string; error?: string }) {
  const { words, practice, frame, query, login } = context
  const next = safeNext(practice.slug, query.get('next') ?? undefined)
  return (
    <BarePage
      frame={frame}
      title={words.t('door.title')}
      index
      foot={<PhoneHelp words={words} phone={practice.phone} />}
    >
      {query.has('out') && login === null && <Notice tone="good">{words.t('door.signedOut')}</Notice>}
      {next && <Notice>{words.t('door.session')}</Notice>}
      <section class="card pad stack">
        <div class="stack-s">
          <h1>{words.t('door.title')}</h1>
          <p class="muted">{words.t('door.lead')}</p>
        </div>
        <PostForm action={paths.door(practice.slug)} class="stack" hidden={next ? { next } : {}}>
          <Field
            label={words.t('door.email')}
            name="email"
            type="email"
            value={typed}
            error={error}
            hint={words.t('door.email.hint', { practice: practice.name })}
            autocomplete="email"
            inputmode="email"
            maxlength={254}
            required
          />
          <Button kind="primary" block>
            {words.t('door.send')}
          </Button>
        </PostForm>
      </section>
    </BarePage>
  )
}

function SentPage({ context, email }: { context: DoorGet; email: string }) {
  const { words, practice, frame } = context
  return (
    <BarePage
      frame={frame}
      title={words.t('door.sent.title')}
      foot={<PhoneHelp words={words} phone={practice.phone} />}
    >
      <section class="card pad stack">
        <h1>{words.t('door.sent.title')}</h1>
        <p>{words.t('door.sent.lead', { email, practice: practice.name })}</p>
        <p class="muted">{words.t('door.sent.missing')}</p>
        <p>
          <a href={paths.door(practice.slug)}>{words.t('door.sent.other')}</a>
        </p>
      </section>
    </BarePage>
  )
}
