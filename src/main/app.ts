import { namesOf } from '../audit/subscribers.ts'
import { openAuth } from '../identity/auth.ts'
import type { IdentityApp } from '../identity/sessions.ts'
import type { Config } from '../platform/config.ts'
import { closeDatabase, openDatabase } from '../platform/database.ts'
import { openFailpoint } from '../platform/failpoint.ts'
import { openLog } from '../platform/log.ts'
import { openMailer } from '../platform/mail.ts'
import { openQueue } from '../platform/queue.ts'
import type { PaymentsApp } from '../processor/processor.ts'
import { openStripe } from '../processor/stripe/stripe.ts'
import { subscribers } from './subscribers.ts'

export type OpenApp = PaymentsApp & IdentityApp & { close(): Promise<void> }

export type AppOptions = {
  readonly appUrl: string
  readonly queueUrl: string
  /** What the process is called in logs and in the database's list of clients. */
  readonly name: string
  readonly worker?: boolean
  readonly silent?: boolean
  /** Where log lines go instead of standard error. */
  readonly logFile?: string
  readonly poolSize?: number
  /** The instant business dates come from; the machine's clock unless told. */
  readonly now?: () => Temporal.Instant
}

/** Opens everything a process needs of the outside world, once; wires the processor's adapter. */
export async function openApp(config: Config, options: AppOptions): Promise<OpenApp> {
  const { name, silent = false, logFile } = options
  const log = openLog({ name, silent, ...(logFile ? { file: logFile } : {}) })
  const db = openDatabase(options.appUrl, { name: `portico ${options.name}`, size: options.poolSize ?? 16 })
  const queue = await openQueue(options.queueUrl, {
    listeners: namesOf(subscribers),
    worker: options.worker ?? false,
    onError: error => log.error('the queue is in trouble', { error }),
  })
  const auth = openAuth(config, options.appUrl)
  return {
    config,
    db,
    auth,
    queue,
    mailer: openMailer(config),
    processor: openStripe(config.stripe),
    log,
    failpoint: openFailpoint(config),
    now: options.now ?? (() => Temporal.Now.instant()),
    close: async () => {
      await queue.stop()
      await auth.close()
      await closeDatabase(db)
    },
  }
}
