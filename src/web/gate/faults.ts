import type { Context } from 'hono'
import type { Assets, Frame, PersonFrame } from '../../design/frame.ts'
import { wordsFor } from '../../design/words.ts'
import { seeOther } from '../answers.ts'
import { errorJson, errorPage, jsonError, statusOf } from '../errors.tsx'
import type { Route, WebApp } from '../route.ts'
import { readLocale } from '../session.ts'
import { findErrorContext } from './access.ts'
import { asksJson } from './asks-json.ts'
import { doorFrame, personFrame, plainFrame } from './frames.ts'
import { Redirect } from './redirect.ts'

type Failed = {
  readonly app: WebApp
  readonly assets: Assets
  readonly http: Context
  readonly route: Route | undefined
  readonly request: string
}

/** What a request is answered that was refused, was turned elsewhere or went wrong. */
export async function answerFault(failed: Failed, error: unknown): Promise<Response> {
  const { app, http, route, request } = failed
  const isForProgram = asksJson(http, route)
  if (error instanceof Redirect) return isForProgram ? noSession(failed) : seeOther(error.to)
  if (statusOf(error) === 500)
    app.log.error('a request failed', {
      request,
      ...(route ? { route: route.path } : {}),
      method: http.req.method,
      error,
    })
  if (isForProgram) return errorJson(error, { words: wordsFor(readLocale(http, 'en')), request })
  return errorPage(error, { ...(await errorFrame(failed, error)), request })
}

/** A program is sent to no door: it is told that it has no session, or not one that is strong enough. */
function noSession({ http, request }: Failed): Response {
  const message = wordsFor(readLocale(http, 'en')).t('error.session')
  return jsonError({ status: 401, code: 'session', message, request })
}

/**
 * The practice's own frame in the reader's language, where the address names a practice; with their navigation for its patients,
 * but for a fault of ours, whose page needs nothing of them.
 */
async function errorFrame(
  { app, assets, http }: Failed,
  error: unknown,
): Promise<{ frame: Frame | PersonFrame; signOut: boolean }> {
  const where = await findErrorContext(app, http)
  if (!where) return { frame: plainFrame(app, assets, http, readLocale(http, 'en')), signOut: false }
  const { practice, session, patient, hasLeft } = where
  const locale = session?.locale ?? readLocale(http, practice.locale)
  return {
    frame:
      patient && statusOf(error) !== 500
        ? personFrame(app, assets, http, practice, locale, patient)
        : doorFrame(app, assets, http, practice, locale, session?.session),
    signOut: hasLeft,
  }
}

/** What is answered under a name that is not ours: where the portal is, and nothing else. */
export function misdirected({ app, http, route, request }: Omit<Failed, 'assets'>): Response {
  const words = wordsFor(readLocale(http, 'en'))
  const sentence = words.t('error.elsewhere', { url: app.config.url })
  if (asksJson(http, route)) return jsonError({ status: 421, code: 'host', message: sentence, request })
  return new Response(`${sentence}\n`, { status: 421, headers: { 'Content-Type': 'text/plain; charset=utf-8' } })
}
