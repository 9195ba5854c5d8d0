/** What a number of clients got done in a while, each beginning its next request when the last has answered. */
export type Load = { readonly perSecond: number; readonly p50: number; readonly p99: number; readonly count: number }

export async function load(
  clients: number,
  milliseconds: number,
  act: (client: number) => Promise<void>,
): Promise<Load> {
  const took: number[] = []
  const started = performance.now()
  const until = started + milliseconds
  const client = async (n: number) => {
    while (performance.now() < until) {
      const begun = performance.now()
      await act(n)
      took.push(performance.now() - begun)
    }
  }
  await Promise.all(Array.from({ length: clients }, (_, n) => client(n)))
  const seconds = (performance.now() - started) / 1000
  took.sort((a, b) => a - b)
  const at = (part: number) => took[Math.min(took.length - 1, Math.floor(took.length * part))] ?? 0
  return { perSecond: took.length / seconds, p50: at(0.5), p99: at(0.99), count: took.length }
}

export type Side = { readonly name: string; measure(milliseconds: number): Promise<Load> }
/** The middle of several rounds; ratios are taken within a round, because the machine's speed moves between them. */
export type Compared = { readonly ours: Load; readonly other: Load; readonly ratio: number; readonly slower: number }

/** Code that was never run is compiled, and statements are planned, before anything is counted. */
const WARM_MS = 3_000

/** Measures two sides in turns, the first of a round being each in turn. `slower`: our 99th percentile as a multiple of the other's. */
export async function compare(ours: Side, other: Side, rounds: number, milliseconds: number): Promise<Compared> {
  const pairs: { ours: Load; other: Load }[] = []
  await ours.measure(WARM_MS)
  await other.measure(WARM_MS)
  for (let round = 0; round < rounds; round++) {
    const first = round % 2 === 0 ? await ours.measure(milliseconds) : undefined
    const theirs = await other.measure(milliseconds)
    pairs.push({ ours: first ?? (await ours.measure(milliseconds)), other: theirs })
  }
  const ratios = pairs.map(pair => pair.ours.perSecond / pair.other.perSecond)
  const pair = pairs[ratios.indexOf(median(ratios))] ?? pairs[0]
  if (!pair) throw new Error('there was no round')
  return { ...pair, ratio: median(ratios), slower: median(pairs.map(each => each.ours.p99 / each.other.p99)) }
}

/** The middle value; the lower of two. */
export function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor((values.length - 1) / 2)] ?? Number.NaN
}
