import { afterEach, expect, test, vi } from 'vitest'
import { openHeard } from './stripe-clock.ts'

afterEach(() => vi.restoreAllMocks())

type Client = Parameters<ReturnType<typeof openHeard>['hearing']>[0]
/** A server that answers with these headers. */
const answering = (headers: Record<string, string>): Client =>
  ({ getClientName: () => 'server', makeRequest: async () => ({ getHeaders: () => headers }) }) as unknown as Client

const ask = (client: Client) => client.makeRequest('', '', '', 'GET', {}, '', 'http', 1)

/** Sets the machine's two clocks, in milliseconds. */
function machine(steady: number, wall: number): void {
  vi.spyOn(performance, 'now').mockReturnValue(steady)
  vi.spyOn(Date, 'now').mockReturnValue(wall)
}

const DATE = 'Fri, 20 Nov 2026 12:00:00 GMT'
const NOON = Date.parse(DATE)

test('the clock goes on from the last answer, half a second into its second, and is fresh for a minute by both clocks of the machine', async () => {
  const heard = openHeard()
  const client = heard.hearing(answering({ date: DATE, 'request-id': 'req_1' }))
  machine(1_000, 5_000)
  expect(heard.now()).toBe(5_000)
  expect(heard.isFresh()).toBe(false)
  await ask(client)
  expect(client.getClientName()).toBe('server')
  expect(heard.now()).toBe(NOON + 500)
  machine(60_999, 5_001)
  expect(heard.now()).toBe(NOON + 500 + 59_999)
  expect(heard.isFresh()).toBe(true)
  machine(61_000, 5_001)
  expect(heard.isFresh()).toBe(false)
  for (const wall of [65_000, -55_000]) {
    machine(1_001, wall)
    expect(heard.isFresh()).toBe(false)
  }
})

test('what has no date, or comes from something in between, tells no time', async () => {
  const heard = openHeard()
  machine(1_000, 5_000)
  for (const headers of [{ 'request-id': 'req_1' }, { date: DATE }, { date: 'soon', 'request-id': 'req_1' }])
    await ask(heard.hearing(answering(headers as Record<string, string>)))
  expect(heard.isFresh()).toBe(false)
  expect(heard.now()).toBe(5_000)
})
