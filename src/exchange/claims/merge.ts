import type { Remark } from '../fhir/hear.ts'
import type { ClaimAnswer, ClaimReading } from '../fhir/reading.ts'

/** What is known of a claim once a file told more of it, and what of the file changes nothing. */
export type Merged = { readonly reading: ClaimReading; readonly remarks: readonly Remark[] }

/** The statuses after which a resource says nothing any more, whatever an older copy of it says. */
const ENDED = ['cancelled', 'entered-in-error']

export function isEnded({ status }: Pick<ClaimReading, 'status'>): boolean {
  return ENDED.includes(status ?? '')
}

/**
 * A claim as it was known with what a later file tells of it: its newest word, and every answer's newest word. What was
 * cancelled, or entered in error, stays so; an older version of what is known changes nothing.
 */
export function mergeReading(known: ClaimReading, told: ClaimReading): Merged {
  const remarks: Remark[] = []
  const answers = new Map(known.answers.map(answer => [answer.source, answer]))
  for (const answer of told.answers) {
    const before = answers.get(answer.source)
    const why = before && whyKept(before, answer)
    if (why) remarks.push({ of: answer.source, why })
    else answers.set(answer.source, answer)
  }
  const why = known.isAsked && told.isAsked ? whyKept(known, told) : undefined
  if (why) remarks.push({ of: told.claim, why })
  const isNewer = !why && (told.isAsked || !known.isAsked)
  const head = isNewer ? told : { ...known, claim: told.claim }
  return { reading: withStatus({ ...head, answers: [...answers.values()] }), remarks }
}

function whyKept(
  known: Pick<ClaimAnswer, 'status' | 'updatedAt'>,
  told: Pick<ClaimAnswer, 'status' | 'updatedAt'>,
): string | undefined {
  if (isEnded(known) && !isEnded(told)) return `It was known as "${known.status}" already, and stays so.`
  if (known.updatedAt && told.updatedAt && Temporal.Instant.compare(told.updatedAt, known.updatedAt) < 0)
    return 'It is an older version of what is known.'
  return undefined
}

/** A claim that is known by its answers alone asks while one of them is in force. */
function withStatus(reading: ClaimReading): ClaimReading {
  if (reading.isAsked) return reading
  const active = reading.answers.find(answer => (answer.status ?? 'active') === 'active')
  return { ...reading, status: (active ?? reading.answers.at(-1))?.status ?? reading.status }
}
