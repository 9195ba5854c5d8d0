import type { Config } from './config.ts'
import type { Db } from './database.ts'
import type { Failpoint } from './failpoint.ts'
import type { Log } from './log.ts'
import type { Mailer } from './mail.ts'
import type { Queue } from './queue.ts'

/** What every verb is given first: the outside world, opened once by main. */
export type App = {
  readonly config: Config
  readonly db: Db
  readonly queue: Queue
  readonly mailer: Mailer
  readonly log: Log
  readonly failpoint: Failpoint
  /** The instant that business dates come from; expiry and leases use the database's clock. */
  now(): Temporal.Instant
}
