import { createHash, randomBytes } from 'node:crypto'
import { existsSync, linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { z } from 'zod'
import { checkMode } from './mode.ts'
import { SettingError } from './setting-error.ts'
import { codeOf } from './trouble.ts'

export type Mode = 'demo' | 'development' | 'production' | 'test'

/** Everything that the environment says, read once at the start of a process. README lists each setting with its default. */
export type Config = {
  readonly mode: Mode
  readonly port: number
  readonly host: string
  /** Public base URL: an origin, without a path or a slash at its end; every link in mails and to the processor begins with it. */
  readonly url: string
  readonly dataFolder: string
  readonly databaseUrl: string | undefined
  readonly databaseAppUrl: string | undefined
  readonly databaseQueueUrl: string | undefined
  readonly processor: 'sandbox' | 'stripe'
  readonly stripe: StripeConfig
  readonly sandboxPort: number
  readonly smtpUrl: string | undefined
  readonly mailFrom: string
  readonly limits: boolean
  /** How many proxies of ours stand in front; the visitor's address is what the outermost wrote down. */
  readonly proxies: number
  readonly failpoint: { readonly name: string; readonly pass: number } | undefined
  readonly metrics: { readonly port: number; readonly token: string | undefined } | undefined
}

export type StripeConfig = {
  readonly secretKey: string
  readonly publishableKey: string
  readonly webhookSecret: string
  readonly apiBase: string | undefined
  readonly jsUrl: string
}

const text = z.string().trim().min(1).optional().catch(undefined)
const Environment = z.object({
  PORT: z.coerce.number().int().min(0).max(65535).default(3000),
  HOST: z.string().default('127.0.0.1'),
  PORTICO_URL: z.url({ protocol: /^https?$/ }).optional(),
  PORTICO_DATA: z.string().default('./data'),
  PORTICO_MODE: z.enum(['demo', 'development', 'production', 'test']).default('demo'),
  PORTICO_PROCESSOR: z.enum(['sandbox', 'stripe']).default('sandbox'),
  PORTICO_LIMITS: z.enum(['on', 'off']).default('on'),
  PORTICO_PROXIES: z.coerce.number().int().min(0).max(9).default(0),
  PORTICO_FAILPOINT: z
    .string()
    .regex(/^[a-z.-]+(:[1-9]\d*)?$/)
    .optional(),
  SANDBOX_PORT: z.coerce.number().int().min(0).max(65535).default(3001),
  METRICS_PORT: z.coerce.number().int().min(1).max(65535).optional(),
  METRICS_TOKEN: text,
  DATABASE_URL: text,
  DATABASE_APP_URL: text,
  DATABASE_QUEUE_URL: text,
  STRIPE_SECRET_KEY: text,
  STRIPE_PUBLISHABLE_KEY: text,
  STRIPE_WEBHOOK_SECRET: text,
  STRIPE_API_BASE: z.url().optional(),
  STRIPE_JS_URL: z.url().optional(),
  SMTP_URL: text,
  MAIL_FROM: text,
})

/** Reads and checks the settings; throws SettingError with a sentence for the person who installs Portico. */
export function readConfig(env: NodeJS.ProcessEnv = process.env): Config {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''))
  const read = Environment.safeParse(given)
  if (!read.success)
    throw new SettingError(read.error.issues.map(issue => `${issue.path.join('.')}: ${issue.message}`).join('\n'))
  const e = read.data
  const dataFolder = resolve(e.PORTICO_DATA)
  const config: Config = {
    mode: e.PORTICO_MODE,
    port: e.PORT,
    host: e.HOST,
    url: baseUrl(e.PORTICO_URL ?? `http://localhost:${e.PORT}`),
    dataFolder,
    databaseUrl: e.DATABASE_URL,
    databaseAppUrl: e.DATABASE_APP_URL,
    databaseQueueUrl: e.DATABASE_QUEUE_URL,
    processor: e.PORTICO_PROCESSOR,
    stripe: stripeConfig(e, dataFolder),
    sandboxPort: e.SANDBOX_PORT,
    smtpUrl: e.SMTP_URL,
    mailFrom: e.MAIL_FROM ?? 'Portico <portico@localhost>',
    limits: !(e.PORTICO_LIMITS === 'off' && e.PORTICO_MODE === 'test'),
    proxies: e.PORTICO_PROXIES,
    failpoint: failpoint(e.PORTICO_FAILPOINT, e.PORTICO_MODE),
    metrics: e.METRICS_PORT ? { port: e.METRICS_PORT, token: e.METRICS_TOKEN } : undefined,
  }
  checkMode(config, e)
  return config
}

/** Scheme, host and port: what stands before every path of ours. */
function baseUrl(text: string): string {
  const url = new URL(text)
  const { origin } = url
  if (url.href !== `${origin}/`)
    throw new SettingError(
      `PORTICO_URL is scheme, host and port alone, such as ${origin}: Portico needs a host name of its own and serves no path below one.`,
    )
  return origin
}

function stripeConfig(e: z.infer<typeof Environment>, dataFolder: string): StripeConfig {
  if (e.PORTICO_PROCESSOR === 'stripe') {
    return {
      secretKey: needed('STRIPE_SECRET_KEY', e.STRIPE_SECRET_KEY),
      publishableKey: needed('STRIPE_PUBLISHABLE_KEY', e.STRIPE_PUBLISHABLE_KEY),
      webhookSecret: needed('STRIPE_WEBHOOK_SECRET', e.STRIPE_WEBHOOK_SECRET),
      apiBase: e.STRIPE_API_BASE,
      jsUrl: e.STRIPE_JS_URL ?? 'https://js.stripe.com/v3/',
    }
  }
  const sandbox = `http://localhost:${e.SANDBOX_PORT}`
  return {
    secretKey: e.STRIPE_SECRET_KEY ?? 'sk_test_sandbox',
    publishableKey: e.STRIPE_PUBLISHABLE_KEY ?? 'pk_test_sandbox',
    webhookSecret:
      e.STRIPE_WEBHOOK_SECRET ?? `whsec_${createHash('sha256').update(dataFolder).digest('hex').slice(0, 32)}`,
    apiBase: e.STRIPE_API_BASE ?? sandbox,
    jsUrl: e.STRIPE_JS_URL ?? `${sandbox}/v3/stripe.js`,
  }
}

function needed(name: string, value: string | undefined): string {
  if (value === undefined)
    throw new SettingError(
      `${name} is needed when PORTICO_PROCESSOR is stripe. It stands in the processor's dashboard under API keys or webhooks.`,
    )
  return value
}

function failpoint(value: string | undefined, mode: Mode): Config['failpoint'] {
  if (value === undefined) return undefined
  if (mode !== 'test' && mode !== 'development')
    throw new SettingError('PORTICO_FAILPOINT works in test and development mode only.')
  const [name = '', pass] = value.split(':')
  return { name, pass: Number(pass ?? 1) }
}

/** The first process to get here gives the file its name; the others take what it wrote. */
function linkOnce(draft: string, file: string): void {
  try {
    linkSync(draft, file)
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error
  } finally {
    rmSync(draft, { force: true })
  }
}

/** The installation's own secret of this name, made once and kept in PORTICO_DATA/keys (mode 0600); hex text. */
export function ownSecret(config: Config, name: string): string {
  const folder = join(config.dataFolder, 'keys')
  const file = join(folder, name)
  const known = secrets.get(file)
  if (known) return known
  if (!existsSync(file)) {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    const draft = `${file}.${process.pid}.${randomBytes(4).toString('hex')}`
    writeFileSync(draft, randomBytes(32).toString('hex'), { mode: 0o600, flag: 'wx' })
    linkOnce(draft, file)
  }
  const secret = readFileSync(file, 'utf8').trim()
  secrets.set(file, secret)
  return secret
}

/** Read once: every request signs or checks with one of them. */
const secrets = new Map<string, string>()
