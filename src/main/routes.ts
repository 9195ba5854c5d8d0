import { healthRoutes } from '../api/health.ts'
import { inboundRoutes } from '../inbound/stripe.ts'
import { billRoutes } from '../portal/bills/routes.tsx'
import { doorRoutes } from '../portal/door.tsx'
import { homeRoutes } from '../portal/home.tsx'
import { linkRoutes } from '../portal/link.tsx'
import type { Route } from '../web/route.ts'

/** Every route of Portico; what `portico routes` prints and what every walk of the tests goes through. */
export const routes: readonly Route[] = [
  ...healthRoutes,
  ...inboundRoutes,
  ...doorRoutes,
  ...linkRoutes,
  ...homeRoutes,
  ...billRoutes,
]
