import type Stripe from 'stripe'

type Client = ReturnType<typeof Stripe.createNodeHttpClient>

/** For how long an answer tells the time: a machine that slept meanwhile counted no seconds. */
const FRESH_MS = 60_000

/** The processor's clock as its answers tell it: the `Date` of the last one, and what has passed since. */
export type Heard = {
  /** Hears the answers of this client. */
  hearing(client: Client): Client
  /** Milliseconds since 1970 by the processor's clock; by this machine's until it has answered. */
  now(): number
  /** Whether it answered within the last minute. */
  isFresh(): boolean
}

export function openHeard(): Heard {
  let last: { date: number; steady: number; wall: number } | undefined
  const hear = (headers: { [name: string]: unknown }) => {
    const date = Date.parse(String(headers.date))
    // What stands between us and the processor has a clock of its own, and no request id.
    if (Number.isNaN(date) || !headers['request-id']) return
    // A date has whole seconds: half a second is what is missing of it on average.
    last = { date: date + 500, steady: performance.now(), wall: Date.now() }
  }
  return {
    hearing: client => ({
      getClientName: () => client.getClientName(),
      makeRequest: async (...request) => {
        const response = await client.makeRequest(...request)
        hear(response.getHeaders())
        return response
      },
    }),
    now: () => (last ? last.date + performance.now() - last.steady : Date.now()),
    isFresh: () => {
      if (!last) return false
      return performance.now() - last.steady < FRESH_MS && Math.abs(Date.now() - last.wall) < FRESH_MS
    },
  }
}
