import type { Call } from './call.ts'
import type { Line } from './kinds.ts'
import { getObject } from './objects.ts'

export const LINE_ITEMS = 'line_items'

/** The lines of a Checkout Session in Stripe's shape. */
export function lineItems(call: Call, session: string) {
  const { body, hidden } = getObject(call, 'checkout.session', session)
  return {
    object: 'list',
    data: (hidden.lines ?? []).map((line, index) => lineItem(session, body.currency, line, index)),
    has_more: false,
    url: `/v1/checkout/sessions/${session}/line_items`,
  }
}

function lineItem(session: string, currency: string | null, line: Line, index: number) {
  const total = line.unitAmount * line.quantity
  return {
    id: `li_${session.slice(-20)}${index}`,
    object: 'item',
    amount_discount: 0,
    amount_subtotal: total,
    amount_tax: 0,
    amount_total: total,
    currency,
    description: line.name,
    metadata: {},
    price: null,
    quantity: line.quantity,
  }
}
