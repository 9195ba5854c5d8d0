import Stripe from 'stripe'
import type { Answer } from '../processor.ts'

/** Runs one call and says what it told: a value, a refusal of the request itself, or that nothing is known. */
export async function answered<T>(call: () => Promise<T>): Promise<Answer<T>> {
  try {
    return { value: await call() }
  } catch (error) {
    if (error instanceof Stripe.errors.StripeIdempotencyError) return { unknown: 'differs' }
    if (error instanceof Stripe.errors.StripeCardError)
      return { refused: true, code: error.decline_code ?? error.code ?? 'card_declined' }
    if (error instanceof Stripe.errors.StripeInvalidRequestError)
      return { refused: true, code: error.code ?? 'request_refused' }
    return { unknown: isReplayed(error) ? 'replayed' : 'silent' }
  }
}

function isReplayed(error: unknown): boolean {
  if (!(error instanceof Stripe.errors.StripeError)) return false
  return (error.statusCode ?? 0) >= 500 && error.headers?.['idempotent-replayed'] === 'true'
}

/** The same for what ends an object: where its state forbids that, because it had ended already, the object is looked at instead. */
export async function answeredOrOvertaken<T>(call: () => Promise<T>, look: () => Promise<T>): Promise<Answer<T>> {
  return answered(() =>
    call().catch(error => {
      if (error instanceof Stripe.errors.StripeInvalidRequestError && error.statusCode === 400) return look()
      throw error
    }),
  )
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
