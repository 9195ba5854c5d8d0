import { isLoopback } from './loopback.ts'
import { SettingError } from './setting-error.ts'

/** What is looked at. */
type Checked = {
  readonly mode: string
  readonly processor: string
  readonly host: string
  readonly url: string
  readonly stripe: { readonly apiBase?: string | undefined; readonly jsUrl?: string | undefined }
  readonly smtpUrl?: string | undefined
}
/** What the environment itself said: a default is not the same. */
type Given = { readonly [name in 'PORTICO_URL' | 'MAIL_FROM' | (typeof KEYS)[number]]?: string | undefined }
const KEYS = ['STRIPE_SECRET_KEY', 'STRIPE_PUBLISHABLE_KEY'] as const

/** Refuses settings that the mode must not have: what is open to the world is production, and production is whole. */
export function checkMode(config: Checked, given: Given): void {
  if (config.mode === 'production') checkProduction(config, given)
  else checkAlone(config, given)
}

/**
 * Outside production there are published passwords, a page with everybody's mails and a card processor without a lock: it charges
 * no real card, and nothing but this machine reaches it.
 */
function checkAlone({ mode, host, url }: Checked, given: Given): void {
  const production = 'set PORTICO_MODE=production and what it needs (README, Production)'
  for (const name of KEYS)
    if (/^[a-z]+_live_/.test(given[name] ?? ''))
      throw new SettingError(
        `${name} is a live key, and PORTICO_MODE is ${mode}, which charges no real card: give the test keys, or ${production}.`,
      )
  if (!isLoopback(host))
    throw new SettingError(
      `HOST=${host} would open PORTICO_MODE=${mode}, with its mailbox and published passwords, to the network: leave HOST out, or ${production}.`,
    )
  if (!isLoopback(new URL(url).hostname))
    throw new SettingError(
      `PORTICO_URL=${url} is not this machine, and PORTICO_MODE is ${mode}: leave PORTICO_URL out, or ${production}.`,
    )
}

function checkProduction(config: Checked, given: Given): void {
  if (config.processor === 'sandbox')
    throw new SettingError(
      'PORTICO_MODE=production does not run on the sandbox processor: set PORTICO_PROCESSOR=stripe and its keys.',
    )
  if (!given.PORTICO_URL || !config.url.startsWith('https://'))
    throw new SettingError('PORTICO_MODE=production needs PORTICO_URL, the public address, beginning with https://.')
  if ([config.stripe.apiBase, config.stripe.jsUrl].some(url => url?.startsWith('http://')))
    throw new SettingError(
      'PORTICO_MODE=production speaks to the processor by https:// alone: see STRIPE_API_BASE and STRIPE_JS_URL.',
    )
  if (!config.smtpUrl)
    throw new SettingError('PORTICO_MODE=production needs SMTP_URL: without it nobody receives a link to sign in.')
  if (!given.MAIL_FROM)
    throw new SettingError('PORTICO_MODE=production needs MAIL_FROM, the address that mails come from.')
}
