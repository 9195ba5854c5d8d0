import { setTimeout as wait } from 'node:timers/promises'
import type { Stand } from '../support/stand.ts'
import { makePractice } from '../support/world.ts'
import { type Kill, killOne, makeVictimStand, startVictims } from './kills.ts'
import { keepPaying, makePayer, type Press } from './payers.ts'
import { countBy, judge, SENT, type Verdict } from './verdict.ts'

/** What `test/faults` and `bench/crash` ask for. */
export type CrashPlan = {
  readonly kills: number
  readonly payers?: number
  /** Waits also for payments that were never sent, which are freed a minute after they were made. */
  readonly untilFreed?: boolean
  readonly say?: (line: string) => void
}

export type Crashed = Verdict & {
  readonly kills: readonly Kill[]
  /** How many kills fell between created and settled of a payment. */
  readonly aimed: number
  readonly presses: number
  /** How the forms were answered; 0 where no answer came. */
  readonly answers: Readonly<Record<string, number>>
  readonly slowestMs: number
  /** From the last kill until nothing was open any more. */
  readonly settledMs: number
}

/** A third of the processor's calls goes wrong, one way as often as another. */
const FAULTS = ['lost', 'truncated', '500-before', '500-after', 'hang', 'late', 'reset', '429'] as const
const FAULTED = 1 / 3
const SETTLE_MS = 60_000
const FREED_MS = 15_000
/** The longest pause before the next kill is thought of. */
const MOST_PAUSE_MS = 1000

/**
 * Kills app, worker and database processes with SIGKILL at random instants while households pay over HTTP and a third of the
 * processor's calls goes wrong; then everything must settle by itself, and processor and ledger must agree to the cent.
 */
export async function crash(plan: CrashPlan): Promise<Crashed> {
  const stand = await makeVictimStand()
  try {
    return await crashOn(stand, plan)
  } finally {
    await stand.end()
  }
}

async function crashOn(stand: Stand, plan: CrashPlan): Promise<Crashed> {
  const { payers = 10, untilFreed = false, say = () => {} } = plan
  const practice = await makePractice(stand.app, 'riverside', {})
  const people = []
  for (let n = 0; n < payers; n++) people.push(await makePayer(stand, practice))
  const victims = await startVictims(stand)
  await stand.sandbox.control('faults', { rules: faultRules() })
  const presses: Press[] = []
  let isOver = false
  const paying = people.map(payer => keepPaying(stand, payer, presses, () => !isOver))
  const kills = await killAll(stand, victims, presses, plan.kills, say)
  const last = performance.now()
  isOver = true
  await stand.sandbox.control('faults', { rules: [] })
  await Promise.all(paying)
  await settleAll(stand, SENT, last + SETTLE_MS)
  const settledMs = performance.now() - last
  if (untilFreed) await settleAll(stand, ['created', ...SENT], last + SETTLE_MS + FREED_MS)
  const verdict = await judge(stand, presses)
  for (const victim of [...victims.apps, ...victims.workers]) victim.end()
  return {
    ...verdict,
    kills,
    aimed: kills.filter(kill => kill.between).length,
    presses: presses.length,
    answers: countBy(presses.map(press => String(press.status))),
    slowestMs: Math.max(...presses.map(press => press.slowest)),
    settledMs,
  }
}

async function killAll(
  stand: Stand,
  victims: Awaited<ReturnType<typeof startVictims>>,
  presses: readonly Press[],
  count: number,
  say: (line: string) => void,
): Promise<Kill[]> {
  const since = performance.now()
  const kills: Kill[] = []
  while (kills.length < count) {
    await wait(Math.random() * MOST_PAUSE_MS)
    const kill = await killOne(stand, victims, presses, since)
    kills.push(kill)
    say(lineOf(kill, kills.length))
  }
  return kills
}

/** One after another each fault has the same chance, and together they meet a third of the calls. */
function faultRules() {
  return FAULTS.map((fault, n) => ({
    path: '/v1/',
    fault,
    probability: FAULTED / FAULTS.length / (1 - (n * FAULTED) / FAULTS.length),
  }))
}

/** Nobody does anything: the workers find out what became of every payment. */
async function settleAll(stand: Stand, waited: readonly string[], until: number): Promise<void> {
  while (performance.now() < until) {
    const found = await stand.look<{ status: string }>('select distinct status from payments.unsettled')
    if (!found.some(row => waited.includes(row.status))) return
    await wait(250)
  }
}

function lineOf({ victim, atMs, states, between }: Kill, n: number): string {
  const stood = Object.entries(states).map(([status, count]) => `${count} ${status}`)
  const where = stood.length > 0 ? stood.join(', ') : 'nothing under way'
  return `${String(n).padStart(4)}  ${(atMs / 1000).toFixed(1).padStart(6)} s  ${victim.padEnd(8)}  ${where}${between ? '' : '  (missed)'}`
}
