import type { Context } from 'hono'
import { parseAccept } from 'hono/utils/accept'
import type { Route } from '../route.ts'

/** Whether a refused caller is told in JSON: who asks for it rather than for a page, and who names neither where programs ask. */
export function asksJson(http: Context, route: Pick<Route, 'answers'> | undefined): boolean {
  const accepted = parseAccept(http.req.header('accept') ?? '')
  const weight = (type: RegExp) => Math.max(0, ...accepted.filter(one => type.test(one.type)).map(({ q }) => q))
  const [json, html] = [weight(/^application\/([\w.-]+\+)?json$/i), weight(/^(text\/html|application\/xhtml\+xml)$/i)]
  if (json !== html) return json > html
  return json === 0 && (route?.answers === 'json' || isForPrograms(http))
}

function isForPrograms({ req }: Context): boolean {
  const sendsJson = /^application\/([\w.-]+\+)?json\b/i.test(req.header('content-type') ?? '')
  return sendsJson || /^\/(api|fhir|webhooks)\/|\.json$/.test(req.path)
}
