const counts = new Map<string, number>()

/** Counts a request under its endpoint, ids replaced by `*`, and under its fault. */
export function countRequest(method: string, path: string, fault: string | undefined): void {
  const endpoint = `${method} ${path.replace(/\/[a-z]+_[A-Za-z0-9_]{8,}/g, '/*')}`
  add(endpoint)
  if (fault) add(`fault ${fault}`)
}

function add(name: string): void {
  if (counts.size < 500 || counts.has(name)) counts.set(name, (counts.get(name) ?? 0) + 1)
}

/** How often each endpoint was called and each fault acted out since the start. */
export function requestCounts(): Record<string, number> {
  return Object.fromEntries([...counts].sort(([a], [b]) => (a < b ? -1 : 1)))
}
