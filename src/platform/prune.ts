/** How many rows one statement removes: short enough that nobody waits for its locks. */
const MOST = 1000

/**
 * Removes what is too old in batches, each committed by itself: a crash keeps what is done, and the next run goes on.
 * `remove` answers how many rows it took of the `most` it may, and skips rows that another holds. Answers how many went.
 */
export async function removeInBatches(remove: (most: number) => Promise<number>, most = MOST): Promise<number> {
  for (let gone = 0; ; ) {
    const removed = await remove(most)
    gone += removed
    if (removed < most) return gone
  }
}
