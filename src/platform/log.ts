import pino from 'pino'

/** What a log line may carry (reliability 20), beside an error: never bodies, tokens, card data, names. */
const ALLOWED = [
  'request',
  'practice',
  'route',
  'method',
  'status',
  'ms',
  'payment',
  'refund',
  'event',
  'letter',
  'job',
  'count',
] as const

type Allowed = (typeof ALLOWED)[number]

export type LogFields = {
  readonly [Name in Allowed]?: Name extends 'status' | 'ms' | 'count' ? number : string
} & { readonly error?: unknown }

export type Log = {
  info(message: string, fields?: LogFields): void
  warn(message: string, fields?: LogFields): void
  error(message: string, fields?: LogFields): void
}

/** JSON lines on standard error, or in a file, or nowhere when silent. */
export function openLog({ name, silent = false, file }: { name: string; silent?: boolean; file?: string }): Log {
  const out = pino(
    {
      name,
      level: silent ? 'silent' : 'info',
      base: { name, pid: process.pid },
      timestamp: pino.stdTimeFunctions.isoTime,
    },
    pino.destination({ dest: file ?? 2, sync: true, mkdir: file !== undefined }),
  )
  return {
    info: (message, fields) => out.info(allowed(fields), message),
    warn: (message, fields) => out.warn(allowed(fields), message),
    error: (message, fields) => out.error(allowed(fields), message),
  }
}

function allowed(fields: LogFields = {}): Record<string, unknown> {
  const kept: Record<string, unknown> = {}
  for (const name of ALLOWED) if (fields[name] !== undefined) kept[name] = fields[name]
  if (fields.error !== undefined) kept.error = described(fields.error)
  return kept
}

/**
 * An error's kind, code and stack. What comes with a code is told by it: the words of a database may quote a row, those of a mail
 * server name an address. Other words keep out what they quote and what looks like an address.
 */
function described(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { kind: typeof error }
  const { code, constraint } = error as { code?: unknown; constraint?: unknown }
  const frames = error.stack
    ?.split('\n')
    .filter(line => line.startsWith('    at '))
    .slice(0, 8)
  return { kind: error.name, code, constraint, message: code === undefined ? plain(error.message) : undefined, frames }
}

function plain(message: string): string {
  return message
    .slice(0, 300)
    .replace(/"[^"]*"?|'[^']*'?|`[^`]*`?/g, '"…"')
    .replace(/\S+@\S+/g, '…')
}
