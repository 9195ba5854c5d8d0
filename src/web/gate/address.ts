import { isIP } from 'node:net'
import type { Context } from 'hono'
import type { Asker } from '../../identity/askers.ts'
import type { App } from '../../platform/app.ts'
import { browserOf } from '../session.ts'

/**
 * The network address of a visitor: the one that called us, or, behind so many proxies of ours, what the outermost of them wrote
 * down. Each proxy adds at the right whom it was called by; what stands further left was typed by anyone.
 */
export function addressOf({ config }: Pick<App, 'config'>, http: Context): string {
  const bindings = http.env as { incoming?: { socket?: { remoteAddress?: string } } } | undefined
  const caller = bindings?.incoming?.socket?.remoteAddress ?? 'unknown'
  return config.proxies === 0 ? caller : (forwardedFor(http.req.header('x-forwarded-for'), config.proxies) ?? caller)
}

/** The address that stands at this place from the right, without its port; undefined where none does. */
export function forwardedFor(header: string | undefined, place: number): string | undefined {
  const entry = header?.split(',').at(-place)?.trim() ?? ''
  const address = /^\[([^\]]+)\](?::\d+)?$/.exec(entry)?.[1] ?? /^([\d.]+):\d+$/.exec(entry)?.[1] ?? entry
  return isIP(address) ? address.toLowerCase() : undefined
}

/** Who is at a door. */
export function askerOf(app: Pick<App, 'config'>, http: Context): Asker {
  const address = networkOf(addressOf(app, http))
  return { address, network: blockOf(address), session: browserOf(app, http) }
}

/** The wider network around what `networkOf` answers, of one provider's customers: a /24 of IPv4, a /48 of IPv6. */
export function blockOf(network: string): string {
  return isIP(network) === 4 ? network.replace(/\.\d+$/, '') : network.split(':').slice(0, 3).join(':')
}

/** What doors count by: an address, of IPv6 without the half that its owner chooses at will. */
export function networkOf(address: string): string {
  if (isIP(address) !== 6) return address
  const written = new URL(`http://[${address.replace(/%.*/, '')}]`).hostname.slice(1, -1)
  // An IPv4 address in IPv6's writing has no such half.
  const [, high, low] = /^::ffff:([0-9a-f]+):([0-9a-f]+)$/.exec(written) ?? []
  if (high && low)
    return [high, low].flatMap(pair => [Number.parseInt(pair, 16) >> 8, Number.parseInt(pair, 16) & 255]).join('.')
  const [head = [], tail = []] = written.split('::').map(half => half.split(':').filter(Boolean))
  const zeros = Array<string>(8 - head.length - tail.length).fill('0')
  return [...head, ...zeros, ...tail].slice(0, 4).join(':')
}
