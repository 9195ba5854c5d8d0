import type { Route } from '../../web/route.ts'
import { disputeRoute } from './dispute.tsx'
import { listRoute } from './list.tsx'
import { pageRoute } from './page.tsx'
import { postingRoute } from './posting.tsx'
import { refundRoute } from './refunds.tsx'

export const transactionRoutes: Route[] = [listRoute, pageRoute, postingRoute, refundRoute, disputeRoute]
