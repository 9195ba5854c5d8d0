import { randomBytes } from 'node:crypto'
import { serveStatic } from '@hono/node-server/serve-static'
import { type Context, Hono, type MiddlewareHandler } from 'hono'
import type { Assets, Frame, PersonFrame } from '../design/frame.ts'
import { Refusal } from '../kernel/refusal.ts'
import { compressed } from './compress.ts'
import { countAnswer } from './counters.ts'
import { errorAnswer, statusOf } from './errors.tsx'
import { doorFrame, personFrame, plainFrame } from './frames.ts'
import { answerRoute } from './gate.ts'
import { checkRoutes, type Route, type WebApp } from './route.ts'
import { securityHeaders, underOwnName } from './security.ts'
import { readLocale } from './session.ts'
import { Turn, turned } from './turn.ts'
import { findVisited } from './visit.ts'

/** The whole of HTTP: every declared route behind its gate, the build's files, one page for all that is unknown. */
export function buildServer(
  app: WebApp,
  routes: readonly Route[],
  { assets, client }: { assets: Assets; client: string },
): Hono {
  checkRoutes(routes)
  const server = new Hono()
  server.use('/assets/*', builtFiles(client))
  for (const route of routes) server.on(route.method, route.path, http => guarded(app, assets, http, route))
  server.notFound(http => guarded(app, assets, http, undefined))
  server.onError(async (error, http) => {
    const [request, started] = [newRequestId(), performance.now()]
    return finish(
      app,
      http,
      undefined,
      request,
      await answerFault(app, assets, http, undefined, request, error),
      started,
    )
  })
  return server
}

/** What the build made for browsers: its names change with its content, so it is kept for a year. */
function builtFiles(client: string): MiddlewareHandler {
  const files = serveStatic({ root: client, precompressed: true })
  return async (http, next) => {
    const answer = await files(http, next)
    if (!answer) return
    answer.headers.set('Cache-Control', 'public, max-age=31536000, immutable')
    answer.headers.set('Vary', 'Accept-Encoding')
    answer.headers.set('X-Content-Type-Options', 'nosniff')
    answer.headers.set('Cross-Origin-Resource-Policy', 'same-origin')
    return answer
  }
}

async function guarded(app: WebApp, assets: Assets, http: Context, route: Route | undefined): Promise<Response> {
  const request = newRequestId()
  const started = performance.now()
  try {
    // A Host header that is no host makes an address that is none.
    if (!URL.canParse(http.req.url)) throw new Refusal('malformed', 'address')
    const own =
      http.req.method === 'GET' && route?.kind !== 'raw' ? underOwnName(app.config, new URL(http.req.url)) : undefined
    if (own && http.req.path !== '/healthz' && http.req.path !== '/readyz')
      return await finish(
        app,
        http,
        route,
        request,
        new Response(null, { status: 307, headers: { Location: own } }),
        started,
      )
    if (!route) throw new Refusal('absent', 'absent')
    return await finish(app, http, route, request, await answerRoute({ app, assets, http, route, request }), started)
  } catch (error) {
    return finish(app, http, route, request, await answerFault(app, assets, http, route, request, error), started)
  }
}

async function answerFault(
  app: WebApp,
  assets: Assets,
  http: Context,
  route: Route | undefined,
  request: string,
  error: unknown,
): Promise<Response> {
  const asksJson =
    /\bapplication\/json\b/.test(http.req.header('accept') ?? '') &&
    !/\btext\/html\b/.test(http.req.header('accept') ?? '')
  if (error instanceof Turn) return turned(error, asksJson)
  if (statusOf(error) === 500)
    app.log.error('a request failed', {
      request,
      ...(route ? { route: route.path } : {}),
      method: http.req.method,
      error,
    })
  return errorAnswer(error, { ...(await errorFrame(app, assets, http, error)), request, asksJson })
}

/**
 * The practice's own frame in the reader's language, where the address names a practice; with their navigation for its patients,
 * but for a fault of ours, whose page needs nothing of them.
 */
async function errorFrame(
  app: WebApp,
  assets: Assets,
  http: Context,
  error: unknown,
): Promise<{ frame: Frame | PersonFrame; signOut: boolean }> {
  const visited = await findVisited(app, http)
  if (!visited) return { frame: plainFrame(app, assets, http, readLocale(http, 'en')), signOut: false }
  const { practice, session, patient, hasLeft } = visited
  const locale = session?.locale ?? readLocale(http, practice.locale)
  return {
    frame:
      patient && statusOf(error) !== 500
        ? personFrame(app, assets, http, practice, locale, patient)
        : doorFrame(app, assets, http, practice, locale, session?.session),
    signOut: hasLeft,
  }
}

async function finish(
  app: WebApp,
  http: Context,
  route: Route | undefined,
  request: string,
  made: Response,
  started: number,
): Promise<Response> {
  const answer = await compressed(http.req.header('accept-encoding'), made)
  const headers = securityHeaders(app.config, app.processor, route)
  // A refused page carries no card entry, whatever its route may.
  const strict =
    answer.status >= 400 && answer.status !== 422 ? securityHeaders(app.config, app.processor, undefined) : headers
  for (const [name, value] of Object.entries(strict)) if (!answer.headers.has(name)) answer.headers.set(name, value)
  answer.headers.set('X-Request-Id', request)
  for (const cookie of http.res.headers.getSetCookie()) answer.headers.append('Set-Cookie', cookie)
  const ms = performance.now() - started
  countAnswer(http.req.method, route?.path ?? 'none', answer.status, ms)
  if (app.config.mode === 'production')
    app.log.info('answered', {
      request,
      route: route?.path ?? 'none',
      method: http.req.method,
      status: answer.status,
      ms: Math.round(ms),
    })
  return answer
}

function newRequestId(): string {
  return randomBytes(9).toString('base64url')
}
