import type { Config } from '../../platform/config.ts'
import type { Processor } from '../../processor/processor.ts'
import type { Route } from '../route.ts'

type Answering = Pick<Route, 'card' | 'kind' | 'answers'> | undefined

/** The headers of every answer (reliability 16); pages with card entry alone name the processor's origins. */
export function securityHeaders(
  config: Config,
  processor: Pick<Processor, 'origins'>,
  route: Answering,
): Record<string, string> {
  return {
    'Content-Security-Policy': contentPolicy(config, processor, route?.card ?? false),
    'X-Content-Type-Options': 'nosniff',
    'Referrer-Policy': 'strict-origin-when-cross-origin',
    'Permissions-Policy': 'camera=(), microphone=(), geolocation=(), payment=(self), usb=(), interest-cohort=()',
    'Cross-Origin-Opener-Policy': 'same-origin',
    'Cross-Origin-Resource-Policy': 'same-origin',
    'X-Frame-Options': 'DENY',
    ...(config.url.startsWith('https://')
      ? { 'Strict-Transport-Security': 'max-age=63072000; includeSubDomains' }
      : {}),
    ...(route?.answers === 'css' ? {} : { 'Cache-Control': 'no-store' }),
  }
}

function contentPolicy(config: Config, { origins }: Pick<Processor, 'origins'>, card: boolean): string {
  const script = card ? ` ${origins.script.join(' ')}` : ''
  return [
    `default-src 'none'`,
    `script-src 'self'${script}`,
    `style-src 'self'`,
    `img-src 'self' data:`,
    `font-src 'self'`,
    `connect-src 'self'${script}`,
    card ? `frame-src ${origins.frame.join(' ')}` : '',
    `base-uri 'none'`,
    `frame-ancestors 'none'`,
    `form-action 'self'${card ? ` ${origins.hosted.join(' ')}` : ''}`,
    config.url.startsWith('https://') ? 'upgrade-insecure-requests' : '',
  ]
    .filter(Boolean)
    .join('; ')
}

/** Whether a form came from our own pages: Origin and Sec-Fetch-Site against the known origin, never against the Host header. */
export function isOwnOrigin(config: Config, headers: Headers): boolean {
  const origin = headers.get('origin')
  const site = headers.get('sec-fetch-site')
  if (origin !== null) return origin === new URL(config.url).origin && (site === null || site === 'same-origin')
  return site === null || site === 'same-origin' || site === 'none'
}
