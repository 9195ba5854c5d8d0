import Stripe from 'stripe'
import type { AttemptOrder, AttemptState, Processor } from '../processor.ts'
import { answered, answeredOrOvertaken, pagesAnswered } from './stripe-answers.ts'
import { attemptOfIntent, attemptOfPage } from './stripe-objects.ts'

const INTENT = { expand: ['payment_method'] }
const PAGE = { expand: ['payment_intent.payment_method'] }

/** An attempt is a payment intent that names its card, or a Checkout Session that makes one once its payer has chosen how to pay. */
export function attemptsOver(stripe: Stripe): Pick<Processor, 'start' | 'look' | 'find' | 'cancel'> {
  const look = async (at: string, attempt: string): Promise<AttemptState> =>
    isPage(attempt)
      ? attemptOfPage(await stripe.checkout.sessions.retrieve(attempt, PAGE, { stripeAccount: at }))
      : attemptOfIntent(await stripe.paymentIntents.retrieve(attempt, INTENT, { stripeAccount: at }))
  const cancelIntent = async (at: string, intent: string) =>
    attemptOfIntent(await stripe.paymentIntents.cancel(intent, INTENT, { stripeAccount: at }))
  const expire = async (at: string, session: string) =>
    attemptOfPage(await stripe.checkout.sessions.expire(session, PAGE, { stripeAccount: at }))
  return {
    start: (at, order) =>
      answered(() => {
        const once = { stripeAccount: at, idempotencyKey: order.key }
        return order.method === null ? openPage(stripe, order, once) : charge(stripe, order, order.method, once)
      }),
    look: (at, attempt) => answered(() => look(at, attempt)),
    cancel: async (at, attempt) => {
      if (!isPage(attempt))
        return answeredOrOvertaken(
          () => cancelIntent(at, attempt),
          () => look(at, attempt),
        )
      const ended = await answeredOrOvertaken(
        () => expire(at, attempt),
        () => look(at, attempt),
      )
      // A page that is complete cannot expire: what it asked the bank for was refused later, and is cancelled by itself.
      if (!('value' in ended) || ended.value.status !== 'declined' || !ended.value.intent) return ended
      const { intent } = ended.value
      return answeredOrOvertaken(
        async () => ({ ...(await cancelIntent(at, intent)), attempt }),
        () => look(at, attempt),
      )
    },
    find: async function* (at, since) {
      const created = { created: { gte: Math.floor(since.epochMilliseconds / 1000) }, limit: 100 }
      // Pages first: what they made is listed again by itself, and the page is what was asked for.
      yield* pagesAnswered(
        after =>
          stripe.checkout.sessions.list(
            { ...created, ...after, expand: ['data.payment_intent.payment_method'] },
            { stripeAccount: at },
          ),
        attemptOfPage,
      )
      yield* pagesAnswered(
        after =>
          stripe.paymentIntents.list({ ...created, ...after, expand: ['data.payment_method'] }, { stripeAccount: at }),
        attemptOfIntent,
      )
    },
  }
}

const isPage = (attempt: string) => attempt.startsWith('cs_')

/** Charges a card; one that the bank refuses is an answer, too. */
async function charge(
  stripe: Stripe,
  order: AttemptOrder,
  method: string,
  once: Stripe.RequestOptions,
): Promise<AttemptState> {
  try {
    return attemptOfIntent(
      await stripe.paymentIntents.create(
        {
          amount: Number(order.amount),
          currency: order.currency,
          confirm: true,
          payment_method: method,
          allowed_payment_method_types: ['card'],
          return_url: order.returnUrl,
          metadata: metadataOf(order),
          expand: ['payment_method'],
          ...customerOf(order),
          ...laterUse(order),
        },
        once,
      ),
    )
  } catch (error) {
    if (error instanceof Stripe.errors.StripeCardError && error.payment_intent)
      return attemptOfIntent(error.payment_intent)
    throw error
  }
}

async function openPage(stripe: Stripe, order: AttemptOrder, once: Stripe.RequestOptions): Promise<AttemptState> {
  const price = {
    currency: order.currency,
    unit_amount: Number(order.amount),
    product_data: { name: order.payee },
  }
  return attemptOfPage(
    await stripe.checkout.sessions.create(
      {
        mode: 'payment',
        locale: order.locale,
        allowed_payment_method_types: ['card'],
        line_items: [{ quantity: 1, price_data: price }],
        success_url: order.returnUrl,
        cancel_url: `${order.returnUrl}?back=1`,
        metadata: metadataOf(order),
        payment_intent_data: { metadata: metadataOf(order), ...laterUse(order) },
        ...customerOf(order),
      },
      once,
    ),
  )
}

const metadataOf = (order: AttemptOrder) => ({ practice: order.practice, payment_id: order.payment })
const customerOf = ({ customer }: AttemptOrder) => (customer ? { customer } : {})
const laterUse = ({ keep }: AttemptOrder) => (keep ? { setup_future_usage: 'off_session' as const } : {})
