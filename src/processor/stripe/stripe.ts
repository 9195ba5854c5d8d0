import Stripe from 'stripe'
import type { StripeConfig } from '../../platform/config.ts'
import type { ChargeOrder, Processor, SessionOrder } from '../processor.ts'
import { answered, pagesAnswered } from './stripe-answers.ts'
import { within } from './stripe-budget.ts'
import { type Heard, openHeard } from './stripe-clock.ts'
import { disputeState, eventOf, heldOf, intentState, refundState, sessionState, setupState } from './stripe-objects.ts'

const CALL_MS = 8_000
const INTENT = { expand: ['payment_method'] }
const SESSION = { expand: ['payment_intent.payment_method', 'setup_intent.payment_method'] }

/** The processor over its official SDK: Stripe itself, or any server that speaks its HTTP API. Its own retries are off (reliability 2). */
export function openStripe(config: StripeConfig, { callMs = CALL_MS }: { callMs?: number } = {}): Processor {
  const heard = openHeard()
  return processorOver(heard.hearing(Stripe.createNodeHttpClient()), config, callMs, heard)
}

function processorOver(
  httpClient: ReturnType<typeof Stripe.createNodeHttpClient>,
  config: StripeConfig,
  callMs: number,
  heard: Heard,
): Processor {
  const stripe = new Stripe(config.secretKey, {
    ...baseOf(config.apiBase),
    httpClient,
    timeout: callMs,
    maxNetworkRetries: 0,
    telemetry: false,
  })
  const script = new URL(config.jsUrl).origin
  const isStripe = config.apiBase === undefined
  return {
    publishableKey: config.publishableKey,
    jsUrl: config.jsUrl,
    origins: {
      script: [script],
      frame: isStripe ? [script, 'https://hooks.stripe.com'] : [script],
      hosted: isStripe ? ['https://checkout.stripe.com', 'https://hooks.stripe.com'] : [script],
    },
    within: ms => processorOver(within(httpClient, ms), config, callMs, heard),
    clock: async () => {
      if (!heard.isFresh()) await answered(() => stripe.paymentIntents.list({ limit: 1 }))
      return heard.isFresh() ? () => Temporal.Instant.fromEpochMilliseconds(Math.round(heard.now())) : undefined
    },
    openAccount: ({ key, name }) =>
      answered(
        async () =>
          (await stripe.accounts.create({ type: 'standard', business_profile: { name } }, { idempotencyKey: key })).id,
      ),
    createCustomer: (at, { practice, account }) =>
      answered(
        async () => (await stripe.customers.create({ metadata: { practice, account } }, { stripeAccount: at })).id,
      ),
    charge: (at, order) =>
      answered(async () =>
        intentState(
          await stripe.paymentIntents.create(chargeParams(order), { stripeAccount: at, idempotencyKey: order.key }),
        ),
      ),
    retrieveIntent: (at, intent) =>
      answered(async () => intentState(await stripe.paymentIntents.retrieve(intent, INTENT, { stripeAccount: at }))),
    cancelIntent: (at, intent) =>
      answered(
        async () => intentState(await stripe.paymentIntents.cancel(intent, INTENT, { stripeAccount: at })),
        async () => intentState(await stripe.paymentIntents.retrieve(intent, INTENT, { stripeAccount: at })),
      ),
    findIntents: (at, payment, since) =>
      answered(async () => {
        const listed = await Array.fromAsync(
          stripe.paymentIntents.list(
            { created: { gte: seconds(since) }, limit: 100, expand: ['data.payment_method'] },
            { stripeAccount: at },
          ),
        )
        return listed.filter(intent => intent.metadata.payment_id === payment).map(intentState)
      }),
    openSession: (at, order) =>
      answered(async () =>
        sessionState(
          await stripe.checkout.sessions.create(sessionParams(order), { stripeAccount: at, idempotencyKey: order.key }),
        ),
      ),
    retrieveSession: (at, session) =>
      answered(async () =>
        sessionState(await stripe.checkout.sessions.retrieve(session, SESSION, { stripeAccount: at })),
      ),
    findSessions: (at, payment, since) =>
      answered(async () => {
        const listed = await Array.fromAsync(
          stripe.checkout.sessions.list(
            { created: { gte: seconds(since) }, limit: 100, expand: ['data.payment_intent.payment_method'] },
            { stripeAccount: at },
          ),
        )
        return listed.filter(session => session.metadata?.payment_id === payment).map(sessionState)
      }),
    expireSession: (at, session) =>
      answered(
        async () => sessionState(await stripe.checkout.sessions.expire(session, SESSION, { stripeAccount: at })),
        async () => sessionState(await stripe.checkout.sessions.retrieve(session, SESSION, { stripeAccount: at })),
      ),
    setUp: (at, { key, account, customer, method, keep, returnUrl }) =>
      answered(async () =>
        setupState(
          await stripe.setupIntents.create(
            {
              confirm: true,
              customer,
              payment_method: method,
              usage: 'off_session',
              return_url: returnUrl,
              allowed_payment_method_types: ['card'],
              metadata: { account, keep },
              expand: ['payment_method'],
            },
            { stripeAccount: at, idempotencyKey: key },
          ),
        ),
      ),
    openSetupSession: (at, { key, account, customer, keep, returnUrl, cancelUrl, locale, currency }) =>
      answered(async () =>
        sessionState(
          await stripe.checkout.sessions.create(
            {
              mode: 'setup',
              customer,
              currency,
              locale,
              allowed_payment_method_types: ['card'],
              success_url: `${returnUrl}?session={CHECKOUT_SESSION_ID}`,
              cancel_url: cancelUrl,
              metadata: { account, keep },
              setup_intent_data: { metadata: { account, keep } },
            },
            { stripeAccount: at, idempotencyKey: key },
          ),
        ),
      ),
    retrieveSetup: (at, setup) =>
      answered(async () =>
        setupState(await stripe.setupIntents.retrieve(setup, { expand: ['payment_method'] }, { stripeAccount: at })),
      ),
    detach: (at, method) =>
      answered(async () => Boolean(await stripe.paymentMethods.detach(method, {}, { stripeAccount: at })) as true),
    refund: (at, { key, practice, refund, payment, intent, amount }) =>
      answered(async () =>
        refundState(
          await stripe.refunds.create(
            {
              payment_intent: intent,
              amount: Number(amount),
              metadata: { practice, payment_id: payment, refund_id: refund },
            },
            { stripeAccount: at, idempotencyKey: key },
          ),
        ),
      ),
    retrieveRefund: (at, refund) =>
      answered(async () => refundState(await stripe.refunds.retrieve(refund, {}, { stripeAccount: at }))),
    findRefunds: (at, intent) =>
      answered(() =>
        Array.fromAsync(
          stripe.refunds.list({ payment_intent: intent, limit: 100 }, { stripeAccount: at }),
          refundState,
        ),
      ),
    retrieveDispute: (at, dispute) =>
      answered(async () => disputeState(await stripe.disputes.retrieve(dispute, {}, { stripeAccount: at }))),
    listDisputes: (at, since) =>
      answered(() =>
        Array.fromAsync(
          stripe.disputes.list({ created: { gte: seconds(since) }, limit: 100 }, { stripeAccount: at }),
          disputeState,
        ),
      ),
    listIntents: (at, since) =>
      pagesAnswered(
        after =>
          stripe.paymentIntents.list(
            {
              limit: 100,
              ...(since ? { created: { gte: seconds(since) } } : {}),
              ...after,
              expand: ['data.payment_method'],
            },
            { stripeAccount: at },
          ),
        intentState,
      ),
    listHeld: at =>
      pagesAnswered(
        after => stripe.charges.list({ limit: 100, ...after }, { stripeAccount: at }),
        async charge =>
          heldOf(
            charge,
            charge.disputed ? (await stripe.disputes.list({ charge: charge.id }, { stripeAccount: at })).data : [],
          ),
      ),
    readEvent: (raw, signature) => {
      try {
        const receivedAt = heard.now()
        return eventOf(
          stripe.webhooks.constructEvent(raw, signature, config.webhookSecret, undefined, undefined, receivedAt),
        )
      } catch {
        return undefined
      }
    },
  }
}

function chargeParams(order: ChargeOrder): Stripe.PaymentIntentCreateParams {
  return {
    amount: Number(order.amount),
    currency: order.currency,
    confirm: true,
    payment_method: order.method,
    allowed_payment_method_types: ['card'],
    return_url: order.returnUrl,
    metadata: { practice: order.practice, payment_id: order.payment },
    expand: ['payment_method'],
    ...(order.customer ? { customer: order.customer } : {}),
    ...(order.keep ? { setup_future_usage: 'off_session' as const } : {}),
  }
}

function sessionParams(order: SessionOrder): Stripe.Checkout.SessionCreateParams {
  const metadata = { practice: order.practice, payment_id: order.payment }
  return {
    mode: 'payment',
    locale: order.locale,
    allowed_payment_method_types: ['card'],
    line_items: [
      {
        quantity: 1,
        price_data: {
          currency: order.currency,
          unit_amount: Number(order.amount),
          product_data: { name: order.description },
        },
      },
    ],
    success_url: order.returnUrl,
    cancel_url: order.cancelUrl,
    metadata,
    payment_intent_data: { metadata, ...(order.keep ? { setup_future_usage: 'off_session' as const } : {}) },
    ...(order.customer ? { customer: order.customer } : {}),
  }
}

function seconds(instant: Temporal.Instant): number {
  return Math.floor(instant.epochMilliseconds / 1000)
}

function baseOf(apiBase: string | undefined): Stripe.StripeConfig {
  if (!apiBase) return {}
  const url = new URL(apiBase)
  return {
    protocol: url.protocol === 'http:' ? 'http' : 'https',
    host: url.hostname,
    port: url.port || (url.protocol === 'http:' ? 80 : 443),
  } as Stripe.StripeConfig
}
