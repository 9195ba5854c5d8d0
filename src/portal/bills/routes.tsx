import type { Route } from '../../web/route.ts'
import { billRoute } from './bill.tsx'
import { billListRoute } from './list.tsx'

export const billRoutes: Route[] = [billListRoute, billRoute]
