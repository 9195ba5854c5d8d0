import type { ComponentChildren } from 'preact'
import { z } from 'zod'
import { BarePage } from '../design/bare-page.tsx'
import { Button, ButtonLink } from '../design/button.tsx'
import { Field } from '../design/field.tsx'
import { PostForm } from '../design/form.tsx'
import { officeWords, wordsFor } from '../design/words.ts'
import { findLink } from '../identity/links.ts'
import { acceptInvitation } from '../identity/staff.ts'
import { wholePractice } from '../kernel/actor.ts'
import { paths } from '../kernel/paths.ts'
import { transact } from '../platform/database.ts'
import { page, seeOther } from '../web/answers.ts'
import { text } from '../web/fields.ts'
import { type DoorGet, doorGet, doorPost, type Route } from '../web/route.ts'
import { handSession } from '../web/session.ts'
import { officeSentence } from './sentence.ts'

const PATH = '/:practice/office/invitation/:token'
type InvitationContext = DoorGet<typeof PATH>

/** A new member of staff chooses a password; looking at the invitation spends nothing. */
export const invitationRoutes: Route[] = [
  doorGet({ path: PATH, room: 'identity', audit: null }, async context => {
    const { app, practice, records } = context
    const link = await transact(app.db, wholePractice(practice.id), tx =>
      findLink(tx, practice.id, records.token, 'invitation'),
    )
    return page(link?.state === 'open' ? <ChoosePage context={context} /> : <GonePage context={context} />)
  }),
  doorPost(
    {
      path: PATH,
      room: 'identity',
      audit: 'staff.join',
      limit: 'door',
      csrf: true,
      fields: z.object({ password: text() }),
      form: { password: 'four unrelated words' },
    },
    async ({ app, http, practice, records, fields }) => {
      const cookie = await acceptInvitation(app, practice.id, records.token, fields.password)
      await handSession(app, http, practice.id, cookie)
      return seeOther(paths.office.transactions(practice.slug))
    },
    (context, { refusal }) =>
      refusal.code === 'link.gone' ? (
        <GonePage context={context} />
      ) : (
        <ChoosePage context={context} error={officeSentence(officeWords(), refusal)} />
      ),
  ),
]

function ChoosePage({ context, error }: { context: InvitationContext; error?: string }) {
  const { practice, frame, records } = context
  const words = officeWords()
  return (
    <Bare context={context} title={words.t('office.invitation.title')}>
      <p class="muted">{words.t('office.invitation.lead', { practice: practice.name })}</p>
      <PostForm action={paths.office.invitation(practice.slug, records.token)} csrf={frame.csrf} class="stack">
        <Field
          label={words.t('office.invitation.password')}
          name="password"
          type="password"
          hint={words.t('office.invitation.hint')}
          error={error}
          autocomplete="new-password"
          maxlength={128}
          required
        />
        <Button kind="primary" block>
          {words.t('office.invitation.button')}
        </Button>
      </PostForm>
    </Bare>
  )
}

function GonePage({ context }: { context: InvitationContext }) {
  const words = officeWords()
  return (
    <Bare context={context} title={words.t('office.invitation.gone')}>
      <p>{words.t('office.invitation.gone.lead')}</p>
      <ButtonLink href={paths.office.door(context.practice.slug)} kind="primary" block>
        {words.t('office.invitation.signIn')}
      </ButtonLink>
    </Bare>
  )
}

function Bare({
  context,
  title,
  children,
}: {
  context: InvitationContext
  title: string
  children: ComponentChildren
}) {
  return (
    <BarePage frame={{ ...context.frame, words: wordsFor('en') }} oneLanguage title={title}>
      <section class="card pad stack">
        <h1>{title}</h1>
        {children}
      </section>
    </BarePage>
  )
}
