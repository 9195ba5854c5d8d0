import { z } from 'zod'
import { readRow } from '../../audit/reads.ts'
import { declineSentence } from '../../design/paid-with.ts'
import type { Words } from '../../design/words.ts'
import { scopeOf } from '../../kernel/actor.ts'
import type { MethodId } from '../../kernel/ids.ts'
import { paths } from '../../kernel/paths.ts'
import { Refusal } from '../../kernel/refusal.ts'
import { openSetupPage, saveMethod, takeSetup } from '../../payments/save-method.ts'
import { rows, type Tx, transact } from '../../platform/database.ts'
import { findConnection } from '../../processor/connections.ts'
import { page, seeOther } from '../../web/answers.ts'
import { sayRefusal } from '../../web/errors.tsx'
import { text, tick } from '../../web/fields.ts'
import { type PatientGet, patientGet, patientPost } from '../../web/route.ts'
import { readCard } from '../payments/order.ts'
import { cardProcessor } from '../payments/pay-form.ts'
import { NewMethodPage, type NewMethodPageProps } from './new.tsx'

/** The form for a card to keep. */
export const newMethodRoute = patientGet(
  {
    path: '/:practice/methods/new',
    room: 'payments',
    audit: 'method.new',
    card: true,
    // Where the bank's authentication and the processor's hosted page lead back to. Their ids do not stay in the address, but for
    // that of a card that was not kept: the page says what the processor says of it.
    before: async context => {
      const { practice, query } = context
      const named = namedIn(query)
      if (!named) return undefined
      const end = await settleSetup(context, named)
      if ('method' in end) return seeOther(paths.methods(practice.slug, { done: 'saved', card: end.method }))
      if (!query.has('declined')) return seeOther(paths.newMethod(practice.slug, { declined: named }))
      return declinedPage(context, end.code)
    },
  },
  async context => page(await newMethodPage(context.tx, context, {})),
)

function namedIn(query: URLSearchParams): string | undefined {
  const id = query.get('setup_intent') ?? query.get('session') ?? query.get('declined') ?? ''
  return /^(seti|cs)_\w{1,200}$/.test(id) ? id : undefined
}

/** What became of a card whose holder comes back: it is kept, or the code of why not. */
async function settleSetup(
  { app, actor }: Omit<PatientGet, 'tx'>,
  named: string,
): Promise<{ method: MethodId } | { code: string }> {
  try {
    const saved = await takeSetup(app, actor, named)
    return 'method' in saved ? saved : { code: 'authentication_failed' }
  } catch (error) {
    if (!(error instanceof Refusal) || error.code !== 'method.declined') throw error
    return { code: String(error.values.code) }
  }
}

/** The form again, saying why; the hook answers in its place, so it writes the page's own row in the audit. */
async function declinedPage(context: Omit<PatientGet, 'tx'>, code: string): Promise<Response> {
  const { app, actor, request, words } = context
  return transact(app.db, scopeOf(actor), async tx => {
    await rows(tx, readRow(actor, { what: 'method.new', request, account: actor.account }))
    return page(await newMethodPage(tx, context, { error: declinedSentence(words, code) }))
  })
}

/** Keeps a card. */
export const saveRoute = patientPost(
  {
    path: '/:practice/methods',
    room: 'payments',
    audit: 'method.save',
    limit: 'pay',
    stepUp: 'methods',
    fields: z.object({ payment_method: text(), default: tick() }),
    form: { payment_method: 'pm_card_visa' },
    card: true,
  },
  async ({ app, practice, actor, words, fields }) => {
    const { account } = actor
    const keep = fields.default ? 'default' : 'save'
    const card = fields.payment_method
    if (card === '') return seeOther(await openSetupPage(app, actor, { account, keep, locale: words.locale }))
    const saved = await saveMethod(app, actor, { account, card: readCard(card), keep })
    if ('actionUrl' in saved) return seeOther(saved.actionUrl)
    return seeOther(paths.methods(practice.slug, { done: 'saved', card: saved.method }))
  },
  (context, { refusal, form }) => {
    const { app, actor, words } = context
    const error =
      refusal.code === 'method.declined'
        ? declinedSentence(words, String(refusal.values.code))
        : sayRefusal(words, refusal)
    return transact(app.db, scopeOf(actor), tx => newMethodPage(tx, context, { error, asDefault: form.on('default') }))
  },
)

function declinedSentence(words: Words, code: string): string {
  return words.t('cards.new.declined', { reason: declineSentence(words, code) })
}

async function newMethodPage(
  tx: Tx,
  { app, practice, frame }: Pick<PatientGet, 'app' | 'practice' | 'frame'>,
  more: Pick<NewMethodPageProps, 'error' | 'asDefault'>,
) {
  const connection = await findConnection(tx, practice.id)
  const processor = connection ? cardProcessor(app, connection, practice.currency) : null
  return <NewMethodPage frame={frame} processor={processor} {...more} />
}
