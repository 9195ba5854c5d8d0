import type { Route } from '../../web/route.ts'
import { transactionActs } from './acts.tsx'
import { listRoute } from './list.tsx'
import { pageRoute } from './page.tsx'
import { refundPageRoute } from './refund-page.tsx'

export const transactionRoutes: Route[] = [listRoute, pageRoute, refundPageRoute, ...transactionActs]
