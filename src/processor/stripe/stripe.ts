import Stripe from 'stripe'
import type { StripeConfig } from '../../platform/config.ts'
import type { Processor } from '../processor.ts'
import { answered, pagesAnswered } from './stripe-answers.ts'
import { attemptsOver } from './stripe-attempts.ts'
import { within } from './stripe-budget.ts'
import { type Heard, openHeard } from './stripe-clock.ts'
import { readSigned } from './stripe-events.ts'
import { disputeState, heldOf, refundState, setupOfPage, setupState } from './stripe-objects.ts'

const CALL_MS = 8_000
const SETUP_PAGE = { expand: ['setup_intent.payment_method'] }

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
    ...attemptsOver(stripe),
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
    openSetupPage: (at, { key, account, customer, keep, returnUrl, cancelUrl, locale, currency }) =>
      answered(async () => {
        const page = await stripe.checkout.sessions.create(
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
        )
        return page.url ?? ''
      }),
    retrieveSetup: (at, setup) =>
      answered(async () =>
        setup.startsWith('cs_')
          ? setupOfPage(await stripe.checkout.sessions.retrieve(setup, SETUP_PAGE, { stripeAccount: at }))
          : setupState(
              await stripe.setupIntents.retrieve(setup, { expand: ['payment_method'] }, { stripeAccount: at }),
            ),
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
    listRefunds: (at, since) =>
      answered(() =>
        Array.fromAsync(
          stripe.refunds.list({ created: { gte: seconds(since) }, limit: 100 }, { stripeAccount: at }),
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
    listHeld: at =>
      pagesAnswered(
        after => stripe.charges.list({ limit: 100, ...after }, { stripeAccount: at }),
        async charge =>
          heldOf(
            charge,
            charge.disputed ? (await stripe.disputes.list({ charge: charge.id }, { stripeAccount: at })).data : [],
          ),
      ),
    readEvent: (raw, signature) => readSigned(raw, { signature, secret: config.webhookSecret, now: heard.now() }),
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
