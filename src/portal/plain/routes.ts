import type { Route } from '../../web/route.ts'
import { brandRoute } from './brand-css.ts'
import { mailboxRoutes } from './mailbox.tsx'
import { practiceListRoute } from './practice-list.tsx'

/** Pages of the installation itself, before any sign-in. */
export const plainRoutes: Route[] = [practiceListRoute, ...mailboxRoutes, brandRoute]
