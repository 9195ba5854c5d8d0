/** What this process has answered, for `/metrics`: by method, route and status, how often and how fast. */
type Answers = { count: number; seconds: number; readonly within: Map<number, number> }

/** In seconds: from what a page should need to what no proxy waits for. */
const BOUNDS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
const NAME = 'portico_http_request_duration_seconds'

const answered = new Map<string, Answers>()

export function countAnswer(method: string, route: string, status: number, ms: number): void {
  const labels = `method="${method}",route="${route}",status="${status}"`
  const answers = answered.get(labels) ?? { count: 0, seconds: 0, within: new Map(BOUNDS.map(bound => [bound, 0])) }
  answered.set(labels, answers)
  answers.count += 1
  answers.seconds += ms / 1000
  for (const [bound, count] of answers.within) if (ms / 1000 <= bound) answers.within.set(bound, count + 1)
}

/** A histogram as Prometheus text (its exposition format, version 0.0.4): each bound counts what is below it too. */
export function answerMetrics(): string {
  const lines = [`# HELP ${NAME} Time to answer a request.`, `# TYPE ${NAME} histogram`]
  for (const [labels, { count, seconds, within }] of answered) {
    for (const [bound, below] of [...within, ['+Inf', count] as const])
      lines.push(`${NAME}_bucket{${labels},le="${bound}"} ${below}`)
    lines.push(`${NAME}_sum{${labels}} ${seconds}`, `${NAME}_count{${labels}} ${count}`)
  }
  return lines.join('\n')
}
