/** A pure function that keeps its last answers, for values that come again and again, as the dates of a list do; at most `most` at a time. */
export function remembered<Key extends string | number | bigint, Value>(
  most: number,
  work: (key: Key) => Value,
): (key: Key) => Value {
  const known = new Map<Key, Value>()
  return key => {
    const found = known.get(key)
    if (found !== undefined) return found
    const made = work(key)
    if (known.size >= most) known.clear()
    known.set(key, made)
    return made
  }
}
