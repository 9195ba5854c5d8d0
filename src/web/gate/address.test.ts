import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Site, serveWorld } from '../../../test/support/http.ts'
import { makeWorld, type World } from '../../../test/support/world.ts'
import { blockOf, forwardedFor, networkOf } from './address.ts'

const A_MINUTE = 120

let world: World
const sites: Site[] = []
/** The same installation behind so many proxies. */
async function behind(proxies: number): Promise<Site> {
  const site = await serveWorld({ ...world, app: { ...world.app, config: { ...world.config, proxies } } })
  sites.push(site)
  return site
}
beforeAll(async () => {
  world = await makeWorld()
}, 60_000)
afterAll(async () => {
  for (const site of sites) await site.stop()
  await world?.end()
})

/** Sends the door's form once as a visitor with this header. */
const knock = async (site: Site, forwarded: string) =>
  (await site.client().post('/riverside', { email: 'nonsense' }, { 'X-Forwarded-For': forwarded })).status

test('behind a proxy every visitor has a limit of their own, and a made-up address in front changes nothing', async () => {
  const site = await behind(1)
  for (let n = 0; n < A_MINUTE; n++) expect(await knock(site, '203.0.113.7')).toBe(422)
  expect(await knock(site, '203.0.113.7')).toBe(429)
  expect(await knock(site, '198.51.100.1, 203.0.113.7')).toBe(429)
  expect(await knock(site, '203.0.113.8')).toBe(422)
  expect(await knock(site, '203.0.113.7, 203.0.113.9')).toBe(422)
})

test('with no proxy named the header is ignored, so nobody escapes by writing one', async () => {
  const site = await behind(0)
  const answers: number[] = []
  for (let n = 0; n <= A_MINUTE; n++) answers.push(await knock(site, `192.0.2.${n}`))
  expect(answers.filter(status => status === 422)).toHaveLength(A_MINUTE)
  expect(answers.at(-1)).toBe(429)
  // Two proxies would have written two addresses: whoever came past them counts by the address that called.
  expect(await knock(await behind(2), '192.0.2.1')).toBe(429)
})

test('the address is counted from the right, by the number of proxies', () => {
  const header = '198.51.100.1, 203.0.113.7, 10.0.0.2'
  expect(forwardedFor(header, 1)).toBe('10.0.0.2')
  expect(forwardedFor(header, 2)).toBe('203.0.113.7')
  expect(forwardedFor(header, 3)).toBe('198.51.100.1')
  expect(forwardedFor(header, 4)).toBeUndefined()
  expect(forwardedFor(undefined, 1)).toBeUndefined()
})

test('a port is left off, and what is no address is not taken', () => {
  expect(forwardedFor('203.0.113.7:4711', 1)).toBe('203.0.113.7')
  expect(forwardedFor('[2001:DB8::7]:4711', 1)).toBe('2001:db8::7')
  expect(forwardedFor('2001:db8::7', 1)).toBe('2001:db8::7')
  for (const nonsense of ['', ' ', 'unknown', '_hidden', '203.0.113', '[203.0.113.7', 'a'.repeat(9000), '1.2.3.4.5:6'])
    expect(forwardedFor(nonsense, 1), nonsense).toBeUndefined()
})

test('the addresses that one household or server has of IPv6 count as one, and no two of IPv4 do', () => {
  expect(networkOf('2001:db8:1:2:3:4:5:6')).toBe('2001:db8:1:2')
  expect(networkOf('2001:db8:1:2::9')).toBe('2001:db8:1:2')
  expect(networkOf('2001:db8::7')).toBe('2001:db8:0:0')
  expect(networkOf('fe80::1%eth0')).toBe('fe80:0:0:0')
  expect(networkOf('::1')).toBe('0:0:0:0')
  expect(networkOf('203.0.113.7')).toBe('203.0.113.7')
  expect(networkOf('::ffff:203.0.113.7')).toBe('203.0.113.7')
  expect(networkOf('::ffff:cb00:7')).toBe('203.0.0.7')
  expect(networkOf('unknown')).toBe('unknown')
})

test('the network around an address is a /24 of IPv4 and a /48 of IPv6', () => {
  expect(blockOf(networkOf('203.0.113.7'))).toBe('203.0.113')
  expect(blockOf(networkOf('::ffff:203.0.113.9'))).toBe('203.0.113')
  expect(blockOf(networkOf('2001:db8:1:2:3:4:5:6'))).toBe('2001:db8:1')
  expect(blockOf(networkOf('2001:db8::7'))).toBe('2001:db8:0')
  expect(blockOf('unknown')).toBe('unknown')
})
