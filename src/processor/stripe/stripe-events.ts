import { createHash, createHmac } from 'node:crypto'
import Stripe from 'stripe'
import type { ProcessorEvent } from '../processor.ts'

/**
 * The event in a webhook's bytes, whatever they hold; undefined when the signature is not the processor's, or is older than five minutes
 * by `now`, the processor's clock.
 */
export function readSigned(
  raw: Buffer,
  { signature, secret, now }: { signature: string; secret: string; now: number },
): ProcessorEvent | undefined {
  try {
    Stripe.webhooks.signature?.verifyHeader(raw, signature, secret, undefined, overBytes(raw), now)
  } catch {
    return undefined
  }
  return eventIn(raw)
}

/** The signature is over the bytes as they came, where the SDK would make text of them first. */
function overBytes(raw: Buffer): Stripe.CryptoProvider {
  return Object.assign(Stripe.createNodeCryptoProvider(), {
    computeHMACSignature: (signed: string, secret: string) =>
      createHmac('sha256', secret)
        .update(signed.slice(0, signed.indexOf('.') + 1))
        .update(raw)
        .digest('hex'),
  })
}

/** What cannot be read, or names nothing, is kept under the hash of its bytes, and is about nothing. */
function eventIn(raw: Buffer): ProcessorEvent {
  const event = parsed(raw)
  const type = named(event.type, /^[a-z0-9_.]{1,100}$/) ?? ''
  const object = named(event.data?.object?.id, /^\w{1,250}$/)
  return {
    id: named(event.id, /^evt_\w{1,250}$/) ?? `sha256:${createHash('sha256').update(raw).digest('hex')}`,
    type,
    account: named(event.account, /^acct_\w{1,250}$/) ?? '',
    about: object ? aboutOf(type) : 'nothing',
    object: object ?? '',
  }
}

type Read = { id?: unknown; type?: unknown; account?: unknown; data?: { object?: { id?: unknown } | null } | null }

function parsed(raw: Buffer): Read {
  try {
    return (JSON.parse(raw.toString('utf8')) as Read | null) ?? {}
  } catch {
    return {}
  }
}

function named(value: unknown, shape: RegExp): string | undefined {
  return typeof value === 'string' && shape.test(value) ? value : undefined
}

function aboutOf(type: string): ProcessorEvent['about'] {
  if (/^(payment_intent|checkout\.session)\./.test(type)) return 'attempt'
  if (type.startsWith('charge.dispute.')) return 'dispute'
  return type.startsWith('refund.') || type === 'charge.refund.updated' ? 'refund' : 'nothing'
}
