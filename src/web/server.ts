import { randomBytes } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { type Context, Hono } from 'hono'
import type { Assets } from '../design/frame.ts'
import { Refusal } from '../kernel/refusal.ts'
import { compressed } from './compress.ts'
import { countAnswer } from './counters.ts'
import { type Files, fileAnswer } from './files.ts'
import { answerFault, misdirected } from './gate/faults.ts'
import { answerRoute } from './gate/gate.ts'
import { belongsTo } from './gate/hosts.ts'
import { securityHeaders } from './gate/security.ts'
import { checkRoutes, type Route, type WebApp } from './route.ts'

export type Built = { readonly assets: Assets; readonly files: Files }

/** What every answer is made with; the route is absent where no address fits. */
type Call = {
  readonly app: WebApp
  readonly assets: Assets
  readonly http: Context
  readonly route: Route | undefined
  readonly request: string
  readonly started: number
}

/** The whole of HTTP: every declared route behind its gate, the build's files, one page for all that is unknown. */
export function buildServer(app: WebApp, routes: readonly Route[], { assets, files }: Built): Hono {
  checkRoutes(routes)
  const server = new Hono()
  const begin = (http: Context, route?: Route): Call => {
    const request = randomBytes(9).toString('base64url')
    return { app, assets, http, route, request, started: performance.now() }
  }
  for (const [name, file] of files)
    server.get(`/assets/${name}`, http => sortedOut(begin(http), async () => fileAnswer(file, http)))
  for (const route of routes)
    server.on(route.method, route.path, http =>
      sortedOut(begin(http, route), async call => finish(call, await answerRoute({ ...call, route }))),
    )
  server.notFound(http =>
    sortedOut(begin(http), () => {
      throw new Refusal('absent', 'absent')
    }),
  )
  server.onError(async (error, http) => {
    const call = begin(http)
    return finish(call, await answerFault(call, error))
  })
  return server
}

/** Answers where the request belongs here (reliability 12), and says what went wrong where something does. */
async function sortedOut(call: Call, answer: (call: Call) => Promise<Response>): Promise<Response> {
  const { app, http } = call
  try {
    // A Host header that is no host makes an address that is none.
    if (!URL.canParse(http.req.url)) throw new Refusal('malformed', 'address')
    const elsewhere = belongsTo(app.config, http)
    if (elsewhere === 'nowhere') return await finish(call, misdirected(call))
    if (elsewhere) return await finish(call, new Response(null, { status: 307, headers: { Location: elsewhere.url } }))
    return await answer(call)
  } catch (error) {
    return finish(call, await answerFault(call, error))
  }
}

async function finish({ app, http, route, request, started }: Call, made: Response): Promise<Response> {
  const answer = await compressed(http.req.header('accept-encoding'), made)
  const headers = securityHeaders(app.config, app.processor, route)
  // A refused page carries no card entry, whatever its route may.
  const strict =
    answer.status >= 400 && answer.status !== 422 ? securityHeaders(app.config, app.processor, undefined) : headers
  for (const [name, value] of Object.entries(strict)) if (!answer.headers.has(name)) answer.headers.set(name, value)
  answer.headers.set('X-Request-Id', request)
  if (answer.status === 413 || isOnItsWay(http)) answer.headers.set('Connection', 'close')
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

/** Whether the rest of the request still comes, which is no next request: then nothing more is read from this connection. */
function isOnItsWay({ env }: Context): boolean {
  return (env as { incoming?: IncomingMessage } | undefined)?.incoming?.complete === false
}
