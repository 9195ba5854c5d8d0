import { createHash } from 'node:crypto'
import { CompiledQuery } from 'kysely'
import type pg from 'pg'
import { type ConstructorOptions, type JobResult, PgBoss, type WorkOptions } from 'pg-boss'
import pgBoss from 'pg-boss/package.json' with { type: 'json' }
import type { EventId, PracticeId } from '../kernel/ids.ts'
import { type Tx, write } from './database.ts'

/** A job carries ids alone: an event of a practice. */
export type Announced = { readonly practice: PracticeId; readonly event: EventId }
/** One job for each event and subscriber; one queued before there were subscribers is for all of them. */
export type EventJob = Announced & { readonly subscriber?: string }
/** A timed job: which schedule, for which practice where it is a practice's, and the day it is due. */
export type TimedJob = { readonly schedule: string; readonly practice: PracticeId | null; readonly due: string }

const EVENTS = 'events'
const TIMED = 'timed'
const QUEUES = [
  {
    name: EVENTS,
    options: {
      notify: true,
      // A day of trying.
      retryLimit: 40,
      retryDelay: 2,
      retryBackoff: true,
      retryDelayMax: 3600,
      // A worker that dies in a job is missed within seconds, and the job goes to another.
      heartbeatSeconds: 10,
      expireInSeconds: 120,
      deleteAfterSeconds: 86_400,
    },
  },
  {
    name: TIMED,
    options: {
      notify: true,
      // Most of a day of trying; then the next day's comes.
      retryLimit: 20,
      retryDelay: 60,
      retryBackoff: true,
      retryDelayMax: 3600,
      heartbeatSeconds: 10,
      expireInSeconds: 3600,
      // What has run is remembered longer than it could be due again.
      deleteAfterSeconds: 40 * 86_400,
    },
  },
]

export type Queue = {
  /** Queues a job for each who listens to this type of event, in this transaction: they commit and roll back with it. */
  announce(tx: Tx, type: string, event: Announced): Promise<void>
  /** Works through announced events until stopped; a failing job is tried again later, for about a day, and `isLast` then. */
  work(handler: (job: EventJob, isLast: boolean) => Promise<void>): Promise<void>
  /** Queues timed jobs together, each once, whoever asks and however often: its schedule, practice and day are its key. */
  queueTimed(jobs: readonly TimedJob[]): Promise<void>
  /** Works through timed jobs until stopped, one at a time; a failing one is tried again for most of a day. */
  workTimed(handler: (job: TimedJob) => Promise<void>): Promise<void>
  stop(): Promise<void>
}

type QueueOptions = {
  /** The subscribers of each type of event. */
  readonly listeners: Readonly<Record<string, readonly string[]>>
  readonly worker?: boolean
  readonly onError: (error: Error) => void
}

/** Connects to the queue's own schema as portico_queue. A worker also supervises: one per database is enough, more do no harm. */
export async function openQueue(url: string, { listeners, worker = false, onError }: QueueOptions): Promise<Queue> {
  const boss = new PgBoss({
    connectionString: url,
    schema: 'pgboss',
    max: worker ? 4 : 2,
    migrate: false,
    createSchema: false,
    useListenNotify: worker,
    supervise: worker,
    superviseIntervalSeconds: 5,
    monitorIntervalSeconds: 5,
    schedule: false,
    reindex: false,
    monitorVacuum: false,
  })
  boss.on('error', onError)
  await boss.start()
  return {
    announce: async (tx, type, event) => {
      for (const subscriber of listeners[type] ?? [])
        await boss.send(EVENTS, { ...event, subscriber } satisfies EventJob, { db: inside(tx) })
    },
    work: async handler => {
      await boss.work(EVENTS, { ...WORK, includeMetadata: true }, async jobs =>
        Promise.all(
          jobs.map(({ id, data, retryCount, retryLimit }) =>
            attempt(id, () => handler(data as EventJob, retryCount >= retryLimit)),
          ),
        ),
      )
    },
    queueTimed: async jobs => {
      await boss.insert(
        TIMED,
        jobs.map(job => ({ id: keyOf(job), data: job })),
      )
    },
    workTimed: async handler => {
      await boss.work(TIMED, WORK_TIMED, async jobs =>
        Promise.all(jobs.map(job => attempt(job.id, () => handler(job.data as TimedJob)))),
      )
    },
    stop: () => boss.stop({ graceful: true, timeout: 8_000 }),
  }
}

/** The queue's ids are UUIDs and unique: a timed job's is made of what it is keyed by. */
function keyOf({ schedule, practice, due }: TimedJob): string {
  const hash = createHash('sha256')
    .update(`${schedule} ${practice ?? ''} ${due}`)
    .digest('hex')
  return hash.slice(0, 32).replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12})$/, '$1-$2-8$3-8$4-$5')
}

/** The queue's own statement as part of our transaction; that it names no new job back is of no interest. */
function inside(tx: Tx): NonNullable<ConstructorOptions['db']> {
  return {
    executeSql: async (text, values = []) => {
      await write(tx, CompiledQuery.raw(text, values))
      return { rows: [] }
    },
  }
}

/** A full batch means that there is more, which is fetched at once: a backlog drains without waiting for the next poll. */
const WORK = {
  batchSize: 4,
  burstWhenBatchFull: true,
  pollingIntervalSeconds: 2,
  notifyPollingIntervalSeconds: 2,
  perJobResults: true,
} as const satisfies WorkOptions

const WORK_TIMED = { ...WORK, batchSize: 1 } as const

/** One job's own end: what fails comes back, and the others of its batch do not. */
async function attempt(id: string, work: () => Promise<void>): Promise<JobResult> {
  try {
    await work()
    return { id, status: 'completed' }
  } catch (error) {
    return { id, status: 'failed', output: { message: error instanceof Error ? error.message : 'failed' } }
  }
}

/**
 * Installs the queue's tables as portico_queue, which makes more of them itself later; the app may send. What was installed stands in
 * a comment, so that nothing is asked of a store that has it.
 */
export async function installQueues(owner: pg.Client): Promise<void> {
  const { rows } = await owner.query(`select obj_description(to_regnamespace('pgboss'), 'pg_namespace') as installed`)
  if (rows[0]?.installed === installation()) return
  await owner.query('create schema if not exists pgboss authorization portico_queue')
  await owner.query('set role portico_queue')
  try {
    const db: NonNullable<ConstructorOptions['db']> = {
      executeSql: async (text, values) => ({ rows: lastRows(await owner.query(text, values)) }),
    }
    const boss = new PgBoss({
      db,
      schema: 'pgboss',
      createSchema: false,
      supervise: false,
      schedule: false,
      reindex: false,
      monitorVacuum: false,
    })
    boss.on('error', () => undefined)
    await boss.start()
    for (const { name, options } of QUEUES) {
      if (await boss.getQueue(name)) await boss.updateQueue(name, options)
      else await boss.createQueue(name, options)
    }
    await boss.stop({ graceful: false })
    await owner.query(GRANTS)
    await owner.query(`comment on schema pgboss is '${installation()}'`)
  } finally {
    await owner.query('reset role')
  }
}

function installation(): string {
  const hash = createHash('sha256')
    .update(JSON.stringify([pgBoss.version, QUEUES, GRANTS]))
    .digest('hex')
  return `pg-boss ${pgBoss.version}, installed as ${hash.slice(0, 16)}`
}

/** Whether the queues are there to send to. */
export async function isInstalled(query: (text: string) => Promise<{ rows: unknown[] }>): Promise<boolean> {
  const found = await query(`select name from pgboss.queue where name in ('${EVENTS}', '${TIMED}')`).catch(
    () => undefined,
  )
  return found?.rows.length === QUEUES.length
}

const GRANTS = `
  grant usage on schema pgboss to portico_app;
  grant select, insert on all tables in schema pgboss to portico_app;
  grant execute on all functions in schema pgboss to portico_app;
  alter default privileges in schema pgboss grant select, insert on tables to portico_app;
  do $$ declare t record; begin
    for t in select c.oid::regclass as name from pg_class c join pg_namespace n on n.oid = c.relnamespace where n.nspname = 'pgboss' and c.relkind in ('r', 'p') loop
      execute format('comment on table %s is %L', t.name, 'no-tenant: the queue''s own; jobs carry ids alone');
    end loop;
  end $$`

function lastRows(result: pg.QueryResult | pg.QueryResult[]): unknown[] {
  return (Array.isArray(result) ? result.at(-1)?.rows : result.rows) ?? []
}
