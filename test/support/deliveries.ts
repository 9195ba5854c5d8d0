import type Stripe from 'stripe'
import { signatureHeader } from '../../sandbox/deliveries.ts'
import type { PaymentId } from '../../src/kernel/ids.ts'
import type { PaymentsApp } from '../../src/processor/processor.ts'
import { storeEvent } from '../../src/recovery/inbox.ts'
import type { World } from './world.ts'

/** The processor's events that have to do with one payment, oldest first. */
export async function listEvents(world: World, at: string, payment: PaymentId): Promise<Stripe.Event[]> {
  const { data } = await world.sandbox.sdk(at).events.list({ limit: 100 })
  const objects = data.map(event => JSON.stringify(event.data.object))
  const intent = objects.find(text => text.includes(payment) && text.includes('"payment_intent"'))
  const id = intent && /"(pi_\w+)"/.exec(intent)?.[1]
  return data.filter((_, n) => objects[n]?.includes(payment) || (id && objects[n]?.includes(id))).reverse()
}

/** Stores events as the webhook's address does, each several times, in an order of chance or the one of a number, all at once. */
export async function storeShuffled(
  world: World,
  at: string,
  events: readonly Stripe.Event[],
  { copies, order = Math.floor(Math.random() * 2 ** 31) }: { copies: number; order?: number },
): Promise<void> {
  const all = Array.from({ length: copies }, () => events).flat()
  const random = chanceOf(order)
  for (let n = all.length - 1; n > 0; n--) {
    const other = Math.floor(random() * (n + 1))
    const [a, b] = [all[n], all[other]]
    if (a && b) [all[n], all[other]] = [b, a]
  }
  await Promise.all(all.map(event => receive(world.app, JSON.stringify({ ...event, account: at }))))
}

/** Receives a body that the processor has signed, as the webhook's address does. */
export async function receive(app: PaymentsApp, body: string): Promise<void> {
  const raw = Buffer.from(body)
  const event = app.processor.readEvent(
    raw,
    signatureHeader(body, app.config.stripe.webhookSecret, Math.floor(Date.now() / 1000)),
  )
  if (!event) throw new Error('a signed event is read')
  await storeEvent(app, event, raw)
}

/** Numbers from 0 to 1 that one number decides (mulberry32). */
function chanceOf(seed: number): () => number {
  let state = seed | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
