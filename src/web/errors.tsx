import { ErrorPage, type ErrorStatus } from '../design/error-page.tsx'
import type { Frame, PersonFrame } from '../design/frame.ts'
import type { WordKey } from '../design/words.ts'
import { Refusal, type RefusalKind } from '../kernel/refusal.ts'
import { json, page } from './answers.ts'

const STATUS: Record<RefusalKind, ErrorStatus> = {
  malformed: 400,
  forbidden: 403,
  absent: 404,
  conflict: 409,
  invalid: 422,
  limited: 429,
}

/** The sentence of a refusal in the reader's language, where there is one. */
export function sentenceOf(words: Frame['words'], refusal: Refusal): string | undefined {
  const key = `refusal.${refusal.code}`
  return words.has(key) ? words.t(key, refusal.values) : undefined
}

/** The same where a sentence must stand. */
export function sayRefusal(words: Frame['words'], refusal: Refusal): string {
  return sentenceOf(words, refusal) ?? words.t('refusal.unknown')
}

export function statusOf(error: unknown): ErrorStatus {
  if (!(error instanceof Refusal)) return 500
  return error.code === 'body.tooLarge' ? 413 : STATUS[error.kind]
}

/** What went wrong as a page, in the one place for it. Absent and forbidden records read the same. */
export function errorPage(
  error: unknown,
  { frame, signOut, request }: { frame: Frame | PersonFrame; signOut: boolean; request: string },
): Response {
  const status = statusOf(error)
  const refusal = shown(error)
  return page(
    <ErrorPage
      frame={frame}
      status={status}
      sentence={refusal && sentenceOf(frame.words, refusal)}
      requestId={status === 500 ? request : undefined}
      signOut={signOut}
    />,
    status,
  )
}

/** The same for a program: the status again, a code that stays, and the sentence that a page would show. */
export function errorJson(error: unknown, { words, request }: { words: Frame['words']; request: string }): Response {
  const status = statusOf(error)
  const refusal = shown(error)
  const code = refusal?.code ?? (status === 404 ? 'absent' : 'error')
  const message = (refusal && sentenceOf(words, refusal)) ?? words.t(`error.lead.${status}` satisfies WordKey)
  return jsonError({ status, code, message, request })
}

/** The shape of every refusal in JSON. */
export function jsonError(error: { status: number; code: string; message: string; request: string }): Response {
  return json({ error }, error.status)
}

/** What may be told of a refusal: of absent records nothing, whosever they are. */
function shown(error: unknown): Refusal | undefined {
  return error instanceof Refusal && statusOf(error) !== 404 ? error : undefined
}
