import { setTimeout as wait } from 'node:timers/promises'

/** How long one pass takes up what is due, before others have their turn. */
const PASS_MS = 15_000
const LANES = 16
/** What a processor lets one endpoint be asked at once, and then in a second, with something left for people who pay meanwhile. */
const AT_ONCE = 25
const PER_SECOND = 20

/**
 * What is due, leased one at a time as somebody is free for it: a worker that is killed leaves to others what it has not begun, and one
 * that stops begins no more. A pass ends after a while, also where a processor that hangs lets more become due than is looked at.
 */
export async function* whileDue<T>(
  isWanted: () => boolean,
  lease: () => Promise<T | undefined>,
): AsyncGenerator<T, void, undefined> {
  const end = performance.now() + PASS_MS
  while (isWanted() && performance.now() < end) {
    const leased = await lease()
    if (leased === undefined) return
    yield leased
  }
}

/** Several at once, because a processor that hangs holds each for seconds, but no more in a second than it allows; answers how many. */
export async function inLanes<T>(items: AsyncIterableIterator<T>, work: (item: T) => Promise<void>): Promise<number> {
  const start = performance.now()
  let count = 0
  const lane = async () => {
    for await (const item of items) {
      count++
      const early = start + ((count - AT_ONCE) * 1000) / PER_SECOND - performance.now()
      if (early > 0) await wait(early)
      await work(item)
    }
  }
  await Promise.all(Array.from({ length: LANES }, lane))
  return count
}
