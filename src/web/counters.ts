/** What this process has answered, for `/metrics`: by method, route and status, with the time it took. */
type Count = { answers: number; seconds: number }

const counts = new Map<string, Count>()

export function countAnswer(method: string, route: string, status: number, ms: number): void {
  const labels = `method="${method}",route="${route}",status="${status}"`
  const count = counts.get(labels) ?? { answers: 0, seconds: 0 }
  count.answers += 1
  count.seconds += ms / 1000
  counts.set(labels, count)
}

/** The counts as Prometheus text (its exposition format, version 0.0.4). */
export function answerMetrics(): string {
  const lines = (name: string, read: (count: Count) => number) =>
    [...counts].map(([labels, count]) => `${name}{${labels}} ${read(count)}`)
  return [
    '# HELP portico_http_request_duration_seconds Time to answer a request.',
    '# TYPE portico_http_request_duration_seconds summary',
    ...lines('portico_http_request_duration_seconds_sum', count => count.seconds),
    ...lines('portico_http_request_duration_seconds_count', count => count.answers),
  ].join('\n')
}
