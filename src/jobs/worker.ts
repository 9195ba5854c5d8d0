import { hear, type Subscribers } from '../audit/subscribers.ts'
import { countOverdue, listPracticesToCount } from '../billing/overdue.ts'
import { listPracticesWithLetters } from '../notifications/messages.ts'
import { sendLetters } from '../notifications/send-letters.ts'
import type { EventJob, TimedJob } from '../platform/queue.ts'
import { codeOf } from '../platform/trouble.ts'
import { listPractices } from '../practice/practices.ts'
import { hearClocks } from '../processor/hear-clocks.ts'
import { type PaymentsApp, withinRequest } from '../processor/processor.ts'
import { processInbox } from '../recovery/inbox.ts'
import { listPracticesWithReturnsDue, lookForReturns } from '../recovery/look-for-returns.ts'
import { listPracticesDue, recoverPractice } from '../recovery/recover.ts'
import { queueDue, runTimed } from './schedule.ts'

export type Working = { stop(): Promise<void> }

/** How often the sweeps look for work that is due, in milliseconds: recovery starts within seconds (reliability 6). */
const SWEEP_MS = 1_000
/** How often it looks for disputes and refunds that are to be asked about; each of them has pauses of its own. */
const RETURNS_MS = 15_000
/** How often the processor's clock is compared with the database's; first when a worker starts. */
const CLOCKS_MS = 10 * 60_000
/** How often it looks for practices whose numbers are to be counted again; each is counted every ten minutes. */
const NUMBERS_MS = 60_000
/** How often the clock is compared with the schedule. */
const SCHEDULE_MS = 5 * 60_000

/**
 * Runs a worker until stopped: lets subscribers hear events, sends letters, works through the processor's events, recovers what is
 * due, does what the schedule says. Any number may run.
 */
export async function work(app: PaymentsApp, subscribers: Subscribers<PaymentsApp>): Promise<Working> {
  await app.queue.work((job, isLast) => hearOrComeBack(app, subscribers, job, isLast))
  await app.queue.workTimed(job => runOrComeBack(app, job))
  let due: ReadonlySet<string> = new Set()
  const sweeps = [
    every(app, 'letters', SWEEP_MS, isWanted => sendDue(app, isWanted)),
    every(app, 'inbox', SWEEP_MS, isWanted => processInbox(app, isWanted)),
    every(app, 'recovery', SWEEP_MS, isWanted => recoverDue(app, isWanted)),
    every(app, 'returns', RETURNS_MS, lookForReturnsDue(app)),
    every(app, 'clocks', CLOCKS_MS, isWanted => hearClocks(app, isWanted)),
    every(app, 'numbers', NUMBERS_MS, isWanted => countNumbers(app, isWanted)),
    every(app, 'schedule', SCHEDULE_MS, async () => {
      due = await queueDue(app, { before: due })
    }),
  ]
  return {
    stop: async () => {
      await Promise.all(sweeps.map(sweep => sweep.stop()))
    },
  }
}

/** What the queue keeps of a failure is its code alone: other words may quote a row. */
async function hearOrComeBack(
  app: PaymentsApp,
  subscribers: Subscribers<PaymentsApp>,
  job: EventJob,
  isLast: boolean,
): Promise<void> {
  const { practice, event, subscriber = 'all' } = job
  try {
    await hear(app, subscribers, job)
  } catch (error) {
    const then = isLast ? 'it is given up' : 'it is tried again'
    app.log.error(`a subscriber failed; ${then}`, { practice, event, job: subscriber, error })
    throw new Error(codeOf(error) || 'failed')
  }
}

async function sendDue(app: PaymentsApp, isWanted: () => boolean): Promise<void> {
  for (const practice of await listPracticesWithLetters(app))
    if (isWanted()) await sendLetters(app, practice, { isWanted })
}

async function runOrComeBack(app: PaymentsApp, job: TimedJob): Promise<void> {
  try {
    await runTimed(app, job)
  } catch (error) {
    app.log.error('a timed job failed; it is tried again', { job: job.schedule, error })
    throw new Error(codeOf(error) || 'failed')
  }
}

async function recoverDue(app: PaymentsApp, isWanted: () => boolean): Promise<void> {
  for (const practice of await listPracticesDue(app)) if (isWanted()) await recoverPractice(app, practice, { isWanted })
}

/**
 * The first look is at every practice, whatever is due: what happened at the processor while nothing ran is known soon after a start. A
 * processor that hangs holds one practice up for as long as one request, and stopping for no longer than that.
 */
function lookForReturnsDue(app: PaymentsApp): (isWanted: () => boolean) => Promise<void> {
  let hasBegun = false
  return async isWanted => {
    const practices = hasBegun
      ? await listPracticesWithReturnsDue(app)
      : (await listPractices(app.db)).map(({ id }) => id)
    const wanted = hasBegun ? 'due' : 'not just now'
    hasBegun = true
    for (const practice of practices) if (isWanted()) await lookForReturns(withinRequest(app), practice, { wanted })
  }
}

async function countNumbers(app: PaymentsApp, isWanted: () => boolean): Promise<void> {
  for (const practice of await listPracticesToCount(app)) if (isWanted()) await countOverdue(app, practice)
}

/** Runs one sweep after another with a pause, whatever becomes of each; stopping waits for the one that runs. */
function every(
  app: PaymentsApp,
  job: string,
  pause: number,
  sweep: (isWanted: () => boolean) => Promise<unknown>,
): { stop(): Promise<void> } {
  let stopping = false
  let wake = () => {}
  const running = (async () => {
    while (!stopping) {
      await sweep(() => !stopping).catch(error => app.log.error('a sweep failed; it comes again', { job, error }))
      if (!stopping)
        await new Promise<void>(resolve => {
          const timer = setTimeout(resolve, pause * (0.75 + Math.random() / 2))
          wake = () => {
            clearTimeout(timer)
            resolve()
          }
        })
    }
  })()
  return {
    stop: async () => {
      stopping = true
      wake()
      await running
    },
  }
}
