import { ErrorPage, type ErrorStatus } from '../design/error-page.tsx'
import type { Frame, PersonFrame } from '../design/frame.ts'
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

export function statusOf(error: unknown): ErrorStatus {
  if (!(error instanceof Refusal)) return 500
  return error.code === 'body.tooLarge' ? 413 : STATUS[error.kind]
}

/** The one place where what went wrong becomes an answer: a page, or JSON for whoever asks for it. Absent and forbidden records read the same. */
export function errorAnswer(
  error: unknown,
  {
    frame,
    signOut,
    request,
    asksJson,
  }: { frame: Frame | PersonFrame; signOut: boolean; request: string; asksJson: boolean },
): Response {
  const status = statusOf(error)
  const refusal = error instanceof Refusal && status !== 404 ? error : undefined
  if (asksJson)
    return json({ error: { status, code: refusal?.code ?? (status === 404 ? 'absent' : 'error'), request } }, status)
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
