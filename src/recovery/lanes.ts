/** How long one pass takes up what is due, before others have their turn. */
const PASS_MS = 15_000
const LANES = 16

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

/** Several at once, because a processor that hangs holds each for seconds; answers how many. */
export async function inLanes<T>(items: AsyncIterableIterator<T>, work: (item: T) => Promise<void>): Promise<number> {
  let count = 0
  const lane = async () => {
    for await (const item of items) {
      count++
      await work(item)
    }
  }
  await Promise.all(Array.from({ length: LANES }, lane))
  return count
}
