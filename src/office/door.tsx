import { z } from 'zod'
import { BarePage } from '../design/bare-page.tsx'
import { Button } from '../design/button.tsx'
import { Field } from '../design/field.tsx'
import { PostForm } from '../design/form.tsx'
import { Notice } from '../design/notice.tsx'
import { officeWords, wordsFor } from '../design/words.ts'
import { findEmail } from '../identity/emails.ts'
import { endSession } from '../identity/sessions.ts'
import { signInStaff } from '../identity/sign-in.ts'
import { paths } from '../kernel/paths.ts'
import { Refusal } from '../kernel/refusal.ts'
import { page, seeOther } from '../web/answers.ts'
import { text } from '../web/fields.ts'
import { type DoorGet, doorGet, doorPost, leavePost, type Route } from '../web/route.ts'
import { clearSessionCookie, handSession } from '../web/session.ts'
import { officeSentence } from './sentence.ts'

/** The longest password that could have been chosen; more is not worth hashing. */
const MOST_PASSWORD = 128

/** The office's door: email and password of staff, the same sentence for an unknown address and a wrong password. */
export const doorRoutes: Route[] = [
  doorGet({ path: '/:practice/office', room: 'identity', audit: null }, async context => {
    const { practice, signedIn } = context
    if (signedIn.staff) return seeOther(paths.office.transactions(practice.slug))
    return page(<SignInPage context={context} />)
  }),
  doorPost(
    {
      path: '/:practice/office',
      room: 'identity',
      audit: 'staff.sign-in',
      limit: 'door',
      csrf: true,
      fields: z.object({ email: text(), password: text() }),
      form: { email: 'priya.nair@example.org', password: 'not the password' },
    },
    async context => {
      const { app, http, practice, fields, asker } = context
      const email = findEmail(fields.email)
      const { password } = fields
      if (!email || password.length > MOST_PASSWORD) throw new Refusal('invalid', 'signIn.wrong')
      await handSession(app, http, practice.id, await signInStaff(app, practice.id, { email, password, asker }))
      return seeOther(paths.office.transactions(practice.slug))
    },
    (context, { refusal, form }) => (
      <SignInPage context={context} typed={form.text('email')} error={officeSentence(officeWords(), refusal)} />
    ),
  ),
  leavePost(
    'staff',
    { path: '/:practice/office/sign-out', room: 'identity', audit: 'session.end', limit: 'form', form: {} },
    async ({ app, http, practice, actor, session }) => {
      await endSession(app, actor, session)
      clearSessionCookie(app, http)
      return seeOther(paths.office.door(practice.slug, { out: '1' }))
    },
  ),
]

function SignInPage({ context, typed = '', error }: { context: DoorGet; typed?: string; error?: string }) {
  const { practice, frame, query, login } = context
  const words = officeWords()
  return (
    <BarePage
      // The office speaks English alone.
      frame={{ ...frame, words: wordsFor('en') }}
      oneLanguage
      title={words.t('office.door.title')}
      foot={<a href={paths.door(practice.slug)}>{words.t('office.door.patient')}</a>}
    >
      {query.has('out') && login === null && !error && (
        <Notice tone="good" status>
          {words.t('office.door.signedOut')}
        </Notice>
      )}
      <section class="card pad stack">
        <div class="stack-s">
          <h1>{words.t('office.door.title')}</h1>
          <p class="muted">{words.t('office.door.lead', { practice: practice.name })}</p>
        </div>
        {error && (
          <Notice tone="bad" alert>
            {error}
          </Notice>
        )}
        <PostForm action={paths.office.door(practice.slug)} csrf={frame.csrf} class="stack">
          <Field
            label={words.t('office.door.email')}
            name="email"
            type="email"
            value={typed}
            autocomplete="username"
            inputmode="email"
            maxlength={254}
            required
          />
          <Field
            label={words.t('office.door.password')}
            name="password"
            type="password"
            autocomplete="current-password"
            maxlength={MOST_PASSWORD}
            required
            autofocus={Boolean(error)}
          />
          <Button kind="primary" block>
            {words.t('office.door.button')}
          </Button>
        </PostForm>
      </section>
    </BarePage>
  )
}
