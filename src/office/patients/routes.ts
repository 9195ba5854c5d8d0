import type { Route } from '../../web/route.ts'
import { deskRoute } from './acts.tsx'
import { billMailRoute } from './bills.tsx'
import { listRoute } from './list.tsx'
import { pageRoute } from './page.tsx'

export const patientRoutes: Route[] = [listRoute, pageRoute, deskRoute, billMailRoute]
