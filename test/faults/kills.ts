import { setTimeout as wait } from 'node:timers/promises'
import type { PaymentId } from '../../src/kernel/ids.ts'
import { type Process, untilServing } from '../support/processes.ts'
import { until } from '../support/settled.ts'
import { makeStand, type Stand } from '../support/stand.ts'
import { type Press, pick } from './payers.ts'

export type Victim = 'app' | 'worker' | 'database'
/** How many payments stood where at the instant of a kill; `none` were not created yet. */
export type States = Readonly<Record<string, number>>
export type Kill = {
  readonly victim: Victim
  readonly atMs: number
  readonly states: States
  readonly between: boolean
}

/** A process that is started again whenever it has ended, as whoever runs Portico does. */
export type Kept = { kill(): Promise<void>; end(): void }
/** Everything that may be killed; the database keeps itself running. */
export type Victims = { readonly apps: readonly Kept[]; readonly workers: readonly Kept[] }

const WORKERS = 2

export async function startVictims(stand: Stand): Promise<Victims> {
  const apps = stand.ports.map(port => keep(() => stand.start('app', ['serve'], { PORT: String(port) })))
  const workers = Array.from({ length: WORKERS }, () => keep(() => stand.start('worker', ['work'])))
  await Promise.all(stand.ports.map(untilServing))
  return { apps, workers }
}

function keep(start: () => Process): Kept {
  let isWanted = true
  let process = start()
  const watch = async () => {
    while (isWanted) {
      await process.ended
      if (isWanted) process = start()
    }
  }
  void watch()
  const kill = async () => {
    const { ended, signal } = process
    signal('SIGKILL')
    await ended
  }
  return {
    kill,
    end: () => {
      isWanted = false
      process.signal('SIGKILL')
    },
  }
}

/** One kill in so many is not aimed at a payment under way. */
const UNAIMED = 1 / 5
const AIM_MS = 20_000
/** Most of a payment's time is the processor's: from being seen there the kill comes at any instant of the rest. */
const MOST_DELAY_MS = 150

/** Kills one of them with SIGKILL, notes where the payments stood that were under way through it, and starts it again. */
export async function killOne(stand: Stand, victims: Victims, presses: readonly Press[], since: number): Promise<Kill> {
  const victim = pick<Victim>(['app', 'app', 'app', 'worker', 'database'])
  const port = Math.random() < UNAIMED ? pick(stand.ports) : await aim(stand, presses)
  await wait(Math.random() * MOST_DELAY_MS)
  const atMs = performance.now() - since
  const states = await kills[victim](stand, victims, presses, port)
  const between = (states.created ?? 0) + (states.submitted ?? 0) > 0
  return { victim, atMs, states, between }
}

/** Waits until all is up and a form under way has become a payment that is not settled; answers which process has it. */
async function aim(stand: Stand, presses: readonly Press[]): Promise<number> {
  await Promise.all(stand.ports.map(untilServing))
  for (const until = performance.now() + AIM_MS; performance.now() < until; ) {
    const open = presses.flatMap(({ payment, port }) => (port === undefined ? [] : [{ payment, port }]))
    const found = await stand.look<{ id: string }>(
      "select id from payments.unsettled where id = any ($1) and status in ('created', 'submitted')",
      [open.map(press => press.payment)],
    )
    const aimed = open.find(press => found.some(row => row.id === press.payment))
    if (aimed) return aimed.port
    await wait(5)
  }
  return pick(stand.ports)
}

type Killing = (stand: Stand, victims: Victims, presses: readonly Press[], port: number) => Promise<States>
const kills: Record<Victim, Killing> = {
  app: async (stand, { apps }, presses, port) => {
    const n = stand.ports.indexOf(port)
    const open = presses.filter(press => press.port === port).map(press => press.payment)
    await apps[n]?.kill()
    return statesOf(stand, open)
  },
  worker: async (stand, { workers }) => {
    await pick(workers).kill()
    const found = await stand.look<Counted>('select status, count(*)::int as n from payments.unsettled group by status')
    return Object.fromEntries(found.map(row => [row.status, row.n]))
  },
  database: async (stand, _victims, presses) => {
    const open = presses.filter(press => press.port !== undefined).map(press => press.payment)
    const states = await statesOf(stand, open)
    const pid = stand.postmaster()
    process.kill(pid, 'SIGKILL')
    await until(() => answersAnew(stand, pid), 'the database comes back')
    return states
  },
}

async function answersAnew(stand: Stand, pid: number): Promise<true | undefined> {
  if (stand.postmaster() === pid) return undefined
  return stand.look('select 1').then(
    () => true as const,
    () => undefined,
  )
}

type Counted = { status: string; n: number }

async function statesOf(stand: Stand, payments: readonly PaymentId[]): Promise<States> {
  const found = await stand.look<Counted>(
    'select status, count(*)::int as n from payments.payment where id = any ($1) group by status',
    [payments],
  )
  const states = Object.fromEntries(found.map(row => [row.status, row.n]))
  const none = payments.length - found.reduce((sum, row) => sum + row.n, 0)
  return none > 0 ? { none, ...states } : states
}

const HOUR = 3600

/** The processor's clock is hours ahead of ours, or behind: nothing may depend on that. */
export async function makeVictimStand(): Promise<Stand> {
  const offset = pick([-5 * HOUR, 5 * HOUR])
  return makeStand({
    apps: 2,
    sandboxEnv: { SANDBOX_LATENCY_MS: '120', SANDBOX_CLOCK_OFFSET: String(offset) },
  })
}
