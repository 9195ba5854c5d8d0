import { healthRoutes } from '../api/health.ts'
import { inboundRoutes } from '../inbound/stripe.ts'
import { officeRoutes } from '../office/routes.ts'
import { billRoutes } from '../portal/bills/routes.tsx'
import { codeRoutes } from '../portal/code.tsx'
import { documentRoutes } from '../portal/documents.ts'
import { doorRoutes } from '../portal/door.tsx'
import { homeRoutes } from '../portal/home.tsx'
import { linkRoutes } from '../portal/link.tsx'
import { methodRoutes } from '../portal/methods/routes.tsx'
import { paymentRoutes } from '../portal/payments/routes.tsx'
import { plainRoutes } from '../portal/plain/routes.ts'
import type { Route } from '../web/route.ts'

/** Every route of Portico; what `portico routes` prints and what every walk of the tests goes through. */
export const routes: readonly Route[] = [
  ...healthRoutes,
  ...inboundRoutes,
  ...doorRoutes,
  ...linkRoutes,
  ...homeRoutes,
  ...billRoutes,
  ...documentRoutes,
  ...paymentRoutes,
  ...methodRoutes,
  ...codeRoutes,
  ...officeRoutes,
  ...plainRoutes,
]
