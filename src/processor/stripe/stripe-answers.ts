import Stripe from 'stripe'
import type { Answer } from '../processor.ts'
import { intentState } from './stripe-objects.ts'

/**
 * Runs one call and says what it told: a value; a card error's intent as a value; a refusal of the request itself; or unknown.
 * `overtaken` is asked instead when the object was in a final state already.
 */
export async function answered<T>(call: () => Promise<T>, overtaken?: () => Promise<T>): Promise<Answer<T>> {
  try {
    return { value: await call() }
  } catch (error) {
    if (!(error instanceof Stripe.errors.StripeError)) return { unknown: true, replayed: false }
    if (error instanceof Stripe.errors.StripeCardError && error.payment_intent)
      return { value: intentState(error.payment_intent) as T }
    if (error instanceof Stripe.errors.StripeCardError)
      return { refused: true, code: error.decline_code ?? error.code ?? 'card_declined' }
    if (error instanceof Stripe.errors.StripeInvalidRequestError && error.statusCode !== 409) {
      if (overtaken && isOvertaken(error)) return answered(overtaken)
      return { refused: true, code: error.code ?? 'request_refused' }
    }
    return {
      unknown: true,
      replayed: (error.statusCode ?? 0) >= 500 && error.headers?.['idempotent-replayed'] === 'true',
    }
  }
}

function isOvertaken(error: Stripe.errors.StripeError): boolean {
  return error.code === 'payment_intent_unexpected_state' || error.statusCode === 400
}

/** A whole listing page by page, newest first; an unknown answer ends it, so that nobody takes a part for the whole. */
export async function* pagesAnswered<O extends { id: string }, T>(
  list: (after: { starting_after?: string }) => Promise<Stripe.ApiList<O>>,
  read: (object: O) => T | Promise<T>,
): AsyncGenerator<Answer<T[]>> {
  let after: { starting_after?: string } | undefined = {}
  while (after) {
    const start = after
    const page = await answered(async () => {
      const { data, has_more } = await list(start)
      const last = has_more ? data.at(-1) : undefined
      return { items: await Promise.all(data.map(read)), next: last && { starting_after: last.id } }
    })
    yield 'value' in page ? { value: page.value.items } : page
    after = 'value' in page ? page.value.next : undefined
  }
}
