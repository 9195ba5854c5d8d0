import { z } from 'zod'
import { BarePage } from '../design/bare-page.tsx'
import { Button, ButtonLink } from '../design/button.tsx'
import { Field } from '../design/field.tsx'
import { PostForm } from '../design/form.tsx'
import { Notice } from '../design/notice.tsx'
import { officeWords, wordsFor } from '../design/words.ts'
import { findLink } from '../identity/links.ts'
import { signInByUnlock } from '../identity/sign-in.ts'
import { wholePractice } from '../kernel/actor.ts'
import { paths } from '../kernel/paths.ts'
import { transact } from '../platform/database.ts'
import { page, seeOther } from '../web/answers.ts'
import { text } from '../web/fields.ts'
import { type DoorGet, doorGet, doorPost, type Route } from '../web/route.ts'
import { handSession } from '../web/session.ts'
import { officeSentence } from './sentence.ts'

const PATH = '/:practice/office/unlock/:token'
type UnlockContext = DoorGet<typeof PATH>

/** A member of staff whose door is locked signs in by the link that was mailed to them; looking at it spends nothing. */
export const unlockRoutes: Route[] = [
  doorGet({ path: PATH, room: 'identity', audit: null }, async context => {
    const { app, practice, records } = context
    const link = await transact(app.db, wholePractice(practice.id), tx =>
      findLink(tx, practice.id, records.token, 'unlock'),
    )
    return page(<UnlockPage context={context} isOpen={link?.state === 'open'} />)
  }),
  doorPost(
    {
      path: PATH,
      room: 'identity',
      audit: 'staff.sign-in',
      limit: 'door',
      csrf: true,
      fields: z.object({ password: text() }),
      form: { password: 'not the password' },
    },
    async ({ app, http, practice, records, fields, asker }) => {
      const given = { token: records.token, password: fields.password, asker }
      await handSession(app, http, practice.id, await signInByUnlock(app, practice.id, given))
      return seeOther(paths.office.transactions(practice.slug))
    },
    (context, { refusal }) => (
      <UnlockPage
        context={context}
        isOpen={refusal.code !== 'link.gone'}
        error={officeSentence(officeWords(), refusal)}
      />
    ),
  ),
]

type Props = { context: UnlockContext; isOpen: boolean; error?: string }

function UnlockPage({ context: { frame, practice, records }, isOpen, error }: Props) {
  const words = officeWords()
  const title = words.t(isOpen ? 'office.unlock.title' : 'office.unlock.gone')
  return (
    <BarePage frame={{ ...frame, words: wordsFor('en') }} oneLanguage title={title}>
      <section class="card pad stack">
        <h1>{title}</h1>
        <p class="muted">{words.t(isOpen ? 'office.unlock.lead' : 'office.unlock.gone.lead')}</p>
        {isOpen && error && (
          <Notice tone="bad" alert>
            {error}
          </Notice>
        )}
        {isOpen ? (
          <PostForm action={paths.office.unlock(practice.slug, records.token)} csrf={frame.csrf} class="stack">
            <Field
              label={words.t('office.door.password')}
              name="password"
              type="password"
              autocomplete="current-password"
              maxlength={128}
              required
            />
            <Button kind="primary" block>
              {words.t('office.door.button')}
            </Button>
          </PostForm>
        ) : (
          <ButtonLink href={paths.office.door(practice.slug)} kind="primary" block>
            {words.t('office.unlock.door')}
          </ButtonLink>
        )}
      </section>
    </BarePage>
  )
}
