import type Stripe from 'stripe'
import { group, type Params, textOrNull } from './params.ts'

/** A postal address, or null when none is given. */
export function addressOf(params: Params, path: string): Stripe.Address | null {
  if (!group(params, path)) return null
  const field = (name: string) => textOrNull(params, `${path}.${name}`)
  return {
    city: field('city'),
    country: field('country'),
    line1: field('line1'),
    line2: field('line2'),
    postal_code: field('postal_code'),
    state: field('state'),
  } as Stripe.Address
}
