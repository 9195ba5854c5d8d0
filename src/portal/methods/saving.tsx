import { declineSentence } from '../../design/paid-with.ts'
import type { Words } from '../../design/words.ts'
import { scopeOf } from '../../kernel/actor.ts'
import { paths } from '../../kernel/paths.ts'
import { Refusal } from '../../kernel/refusal.ts'
import { findConnection } from '../../payments/connections.ts'
import { openSetupPage, saveMethod, takeSetup } from '../../payments/save-method.ts'
import { type Tx, transact } from '../../platform/database.ts'
import { page, seeOther } from '../../web/answers.ts'
import { sentenceOf } from '../../web/errors.tsx'
import { type PatientGet, type PatientPost, patientGet, patientPost } from '../../web/route.ts'
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
    // Where the bank's authentication and the processor's hosted page lead back to.
    before: async context => {
      const returned = returnedFrom(context.query)
      return returned && seeOther(await settleSetup(context, returned))
    },
  },
  async context => {
    const { words, tx, query } = context
    const declined = query.get('declined')
    return page(
      await newMethodPage(tx, context, {
        error: declined === null ? undefined : declinedSentence(words, declined),
      }),
    )
  },
)

function returnedFrom(query: URLSearchParams): { setup: string } | { session: string } | undefined {
  const setup = query.get('setup_intent')
  const session = query.get('session')
  if (setup !== null && /^seti_\w{1,100}$/.test(setup)) return { setup }
  if (session !== null && /^cs_\w{1,200}$/.test(session)) return { session }
  return undefined
}

/** Where a person goes on who comes back: to their cards, or to the form that says why the card was not saved. */
async function settleSetup(
  { app, practice, actor }: Omit<PatientGet, 'tx'>,
  returned: { setup: string } | { session: string },
): Promise<string> {
  try {
    const saved = await takeSetup(app, actor, returned)
    return 'method' in saved
      ? paths.methods(practice.slug, { done: 'saved', card: saved.method })
      : paths.newMethod(practice.slug, { declined: 'authentication_failed' })
  } catch (error) {
    if (!(error instanceof Refusal) || error.code !== 'method.declined') throw error
    return paths.newMethod(practice.slug, { declined: String(error.values.code) })
  }
}

/** Keeps a card. */
export const saveRoute = patientPost(
  {
    path: '/:practice/methods',
    room: 'payments',
    audit: 'method.save',
    limit: 'pay',
    stepUp: 'methods',
    form: { payment_method: 'pm_card_visa' },
    card: true,
  },
  async context => {
    const { app, practice, actor, words, form } = context
    const { account } = actor
    const keep = form.on('default') ? 'default' : 'save'
    const card = form.text('payment_method')
    try {
      if (card === '') return seeOther(await openSetupPage(app, actor, { account, keep, locale: words.locale }))
      const saved = await saveMethod(app, actor, { account, card: readCard(card), keep })
      if ('actionUrl' in saved) return seeOther(saved.actionUrl)
      return seeOther(paths.methods(practice.slug, { done: 'saved', card: saved.method }))
    } catch (error) {
      if (!(error instanceof Refusal) || error.kind !== 'invalid') throw error
      return notSaved(context, error)
    }
  },
)

async function notSaved(context: PatientPost, refusal: Refusal): Promise<Response> {
  const { app, actor, words, form } = context
  const error =
    refusal.code === 'method.declined'
      ? declinedSentence(words, String(refusal.values.code))
      : (sentenceOf(words, refusal) ?? words.t('refusal.unknown'))
  return transact(app.db, scopeOf(actor), async tx =>
    page(await newMethodPage(tx, context, { error, asDefault: form.on('default') }), 422),
  )
}

function declinedSentence(words: Words, code: string): string {
  return words.t('cards.new.declined', { reason: declineSentence(words, code) })
}

async function newMethodPage(
  tx: Tx,
  { app, practice, frame }: PatientGet | PatientPost,
  more: Pick<NewMethodPageProps, 'error' | 'asDefault'>,
) {
  const connection = await findConnection(tx, practice.id)
  return <NewMethodPage frame={frame} processor={connection ? cardProcessor(app, connection) : null} {...more} />
}
