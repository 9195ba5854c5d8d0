import type Stripe from 'stripe'

type Client = ReturnType<typeof Stripe.createNodeHttpClient>

/** The same HTTP client, whose calls together have this long; when it is spent, a call is not made and nothing is known. */
export function within(client: Client, ms: number): Client {
  const end = performance.now() + ms
  return {
    getClientName: () => client.getClientName(),
    makeRequest: async (host, port, path, method, headers, body, protocol, timeout) => {
      const left = Math.floor(end - performance.now())
      if (left <= 0) throw Object.assign(new Error('the time of this request is spent'), { code: 'ETIMEDOUT' })
      return client.makeRequest(host, port, path, method, headers, body, protocol, Math.min(timeout, left))
    },
  }
}
