import type { Context } from 'hono'
import { paths } from '../../kernel/paths.ts'
import type { Config } from '../../platform/config.ts'
import { isLoopback } from '../../platform/loopback.ts'

/** What is asked by whoever watches over the machine, under whatever name they have for it. */
const WATCHED: ReadonlySet<string> = new Set([paths.healthz(), paths.readyz(), paths.metrics()])

/**
 * Where a request belongs, by its Host header (reliability 12): here (undefined); for a GET under a name of the loopback address
 * the same page under PORTICO_URL, whose cookies count; nowhere, for a name that somebody else made to lead here.
 */
export function belongsTo(config: Config, http: Context): { readonly url: string } | 'nowhere' | undefined {
  const asked = new URL(http.req.url)
  const own = new URL(config.url)
  if (asked.hostname === own.hostname || WATCHED.has(http.req.path)) return undefined
  // A proxy that puts its own name for us in the place of the visitor's would send them round in circles.
  const isProxied = config.proxies > 0 && http.req.header('x-forwarded-for') !== undefined
  if (!isLoopback(asked.hostname) || isProxied) return 'nowhere'
  const { method } = http.req
  return method === 'GET' || method === 'HEAD' ? { url: `${own.origin}${asked.pathname}${asked.search}` } : undefined
}
