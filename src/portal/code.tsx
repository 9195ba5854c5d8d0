import { z } from 'zod'
import { BarePage } from '../design/bare-page.tsx'
import { Button } from '../design/button.tsx'
import { PhoneHelp } from '../design/error-page.tsx'
import { Field } from '../design/field.tsx'
import { PostForm } from '../design/form.tsx'
import { Notice } from '../design/notice.tsx'
import { askCode, hasOpenCode, takeCode } from '../identity/codes.ts'
import { paths, safeNext } from '../kernel/paths.ts'
import { Refusal } from '../kernel/refusal.ts'
import { page, seeOther } from '../web/answers.ts'
import { sayRefusal } from '../web/errors.tsx'
import { text } from '../web/fields.ts'
import { type PatientGet, type PatientPost, patientGet, patientPost, type Route } from '../web/route.ts'

const showRoute = patientGet({ path: '/:practice/code', room: 'identity', audit: 'code.see' }, async context => {
  const { tx, actor, query } = context
  const next = query.get('next') ?? undefined
  if (actor.steppedUpAt) return seeOther(destinationOf(context, next))
  // The address says that a code was sent; whether one was is asked of the record.
  const sent = query.has('sent') && (await hasOpenCode(tx, actor))
  return page(
    sent ? (
      <EnterPage context={context} next={next} sent={query.get('sent') === 'again'} />
    ) : (
      <AskPage context={context} next={next} />
    ),
  )
})

const sendRoute = patientPost(
  {
    path: '/:practice/code',
    room: 'identity',
    audit: 'code.take',
    limit: 'form',
    fields: z.object({ ask: text(), code: text(), next: text() }),
    form: { ask: 'yes' },
  },
  async context => {
    const { app, practice, actor, fields } = context
    const { ask, code, next } = fields
    if (ask !== '') {
      await askCode(app, actor)
      return seeOther(paths.code(practice.slug, safeNext(practice.slug, next), ask === 'again' ? 'again' : 'yes'))
    }
    if (code === '') throw new Refusal('invalid', 'code.required', {}, 'code')
    await takeCode(app, actor, code)
    return seeOther(destinationOf(context, next))
  },
  (context, { refusal, form }) =>
    refusal.field === 'code' ? (
      <EnterPage context={context} next={form.text('next')} error={sayRefusal(context.words, refusal)} />
    ) : undefined,
)

/** The second step, until a person has another: a fresh code by email, then on to where they were going. */
export const codeRoutes: Route[] = [showRoute, sendRoute]

type Context = PatientGet | PatientPost

function destinationOf({ practice }: Context, next: string | undefined): string {
  return safeNext(practice.slug, next) ?? paths.methods(practice.slug)
}

function carried({ practice }: Context, next: string | undefined): Record<string, string> {
  const safe = safeNext(practice.slug, next)
  return safe ? { next: safe } : {}
}

function AskPage({ context, next }: { context: Context; next: string | undefined }) {
  const { words, practice, actor, frame } = context
  return (
    <BarePage frame={frame} title={words.t('code.ask.title')} foot={<PhoneHelp words={words} phone={practice.phone} />}>
      <section class="card pad stack">
        <h1>{words.t('code.ask.title')}</h1>
        <p>{words.t('code.ask.lead', { email: actor.email })}</p>
        <PostForm
          action={paths.code(practice.slug)}
          csrf={frame.csrf}
          hidden={{ ask: 'yes', ...carried(context, next) }}
        >
          <Button kind="primary" block>
            {words.t('code.ask.button')}
          </Button>
        </PostForm>
      </section>
    </BarePage>
  )
}

type EnterProps = { context: Context; next: string | undefined; sent?: boolean; error?: string | undefined }

function EnterPage({ context, next, sent, error }: EnterProps) {
  const { words, practice, actor, frame } = context
  const form = { action: paths.code(practice.slug), csrf: frame.csrf }
  return (
    <BarePage frame={frame} title={words.t('code.title')} foot={<PhoneHelp words={words} phone={practice.phone} />}>
      {sent && (
        <Notice tone="good" status>
          {words.t('code.sent')}
        </Notice>
      )}
      <section class="card pad stack">
        <div class="stack-s">
          <h1>{words.t('code.title')}</h1>
          <p class="muted">{words.t('code.lead', { email: actor.email })}</p>
        </div>
        <PostForm {...form} class="stack" hidden={carried(context, next)}>
          <Field
            label={words.t('code.label')}
            name="code"
            hint={words.t('code.hint')}
            error={error}
            inputmode="numeric"
            autocomplete="one-time-code"
            maxlength={12}
            short
            required
            autofocus
          />
          <Button kind="primary" block>
            {words.t('code.button')}
          </Button>
        </PostForm>
        <PostForm {...form} hidden={{ ask: 'again', ...carried(context, next) }}>
          <Button kind="quiet">{words.t('code.again')}</Button>
        </PostForm>
      </section>
    </BarePage>
  )
}
