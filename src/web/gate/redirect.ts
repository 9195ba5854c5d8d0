import type { Context } from 'hono'
import { paths } from '../../kernel/paths.ts'
import type { Route } from '../route.ts'
import { pathOf } from './frames.ts'

/** Thrown by the gate to answer with a redirect in its order; never a fault. */
export class Redirect extends Error {
  readonly to: string
  constructor(to: string) {
    super('turned elsewhere')
    this.to = to
  }
}

/** Where somebody without a session is turned, who then comes back. */
export function doorOf(route: Route, slug: string, http: Context): string {
  if (route.kind === 'staff') return paths.office.door(slug)
  const next = route.method === 'GET' && route.answers === undefined ? pathOf(http) : undefined
  return paths.door(slug, { next })
}

/** The page a form was on, for coming back to it. */
export function backTo(http: Context): string | undefined {
  const referer = http.req.header('referer')
  if (!referer || !URL.canParse(referer)) return undefined
  const { pathname, search } = new URL(referer)
  return `${pathname}${search}`
}
