import { cpus, loadavg, totalmem } from 'node:os'
import { parseArgs } from 'node:util'
import type { Load } from './load.ts'

/** How long a bench runs: one short round, or the goal's figures as the median of five. */
export type Pace = { readonly rounds: number; readonly milliseconds: number; readonly full: boolean }

export function paceOf(words: string[]): Pace {
  const { values } = parseArgs({ args: words, options: { full: { type: 'boolean' } } })
  return values.full ? { rounds: 5, milliseconds: 8000, full: true } : { rounds: 1, milliseconds: 3000, full: false }
}

export function sayMachine(): void {
  const gib = Math.round(totalmem() / 2 ** 30)
  console.log(`machine: ${cpus().length} cores, ${gib} GiB, node ${process.version}, load ${loadavg()[0]?.toFixed(1)}`)
}

export function sayLoad(name: string, { perSecond, p50, p99 }: Load): void {
  console.log(`${name.padEnd(44)} ${perSecond.toFixed(0).padStart(6)}/s   p50 ${ms(p50)}   p99 ${ms(p99)}`)
}

/** One line a goal: what was measured, what was promised, and whether it holds. */
export function sayGoal(name: string, value: number, goal: { least: number } | { most: number }, unit = ''): boolean {
  const holds = 'least' in goal ? value >= goal.least : value <= goal.most
  const promised = 'least' in goal ? `at least ${goal.least}${unit}` : `at most ${goal.most}${unit}`
  console.log(`${name}: ${value.toFixed(2)}${unit} (goal: ${promised}) ${holds ? 'met' : 'MISSED'}`)
  return holds
}

export function ms(value: number): string {
  return `${value.toFixed(1).padStart(6)} ms`
}
