import { parseArgs } from 'node:util'
import { type Crashed, crash } from '../test/faults/crash.ts'

/** Money under SIGKILL, at length: `--kills 1000`. Thirty kills take about two minutes. */
export async function run(words: string[]): Promise<boolean> {
  const { values } = parseArgs({ args: words, options: { kills: { type: 'string' }, full: { type: 'boolean' } } })
  const kills = Number(values.kills ?? (values.full ? 1000 : 30))
  const started = performance.now()
  const crashed = await crash({ kills, untilFreed: true, say: line => console.log(line) })
  for (const line of report(crashed)) console.log(line)
  console.log(`took ${((performance.now() - started) / 1000).toFixed(0)} s`)
  return goodAsPromised(crashed)
}

function report(crashed: Crashed): string[] {
  const { kills, aimed, payments, presses, lostCents, doubledCents, chargedTwice, stillSubmitted, forgotten } = crashed
  return [
    `payments: ${payments} (${told(crashed.byStatus)}) of ${presses} forms, answered ${told(crashed.answers)}; the slowest answer took ${(crashed.slowestMs / 1000).toFixed(1)} s`,
    ...crashed.broken.map(each => `broken: ${JSON.stringify(each)}`),
    `kills between created and settled: ${aimed} of ${kills.length} (goal: at least half)`,
    `settled by itself ${(crashed.settledMs / 1000).toFixed(1)} s after the last kill (goal: 60 s)`,
    `cents lost ${lostCents}, doubled ${doubledCents}; charged twice ${chargedTwice}, forgotten ${forgotten}, still submitted ${stillSubmitted}, broken invariants ${crashed.broken.length} (goal: all 0)`,
  ]
}

function told(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts)
    .map(([name, count]) => `${count} ${name}`)
    .join(', ')
}

function goodAsPromised(crashed: Crashed): boolean {
  const { lostCents, doubledCents, chargedTwice, stillSubmitted, forgotten, broken, aimed, kills } = crashed
  const wrong = lostCents + doubledCents + chargedTwice + stillSubmitted + forgotten + broken.length
  return wrong === 0 && aimed * 2 >= kills.length
}
