import type { Route } from '../web/route.ts'
import { doorRoutes } from './door.tsx'
import { invitationRoutes } from './invitation.tsx'
import { letterRoutes } from './letters.tsx'
import { patientRoutes } from './patients/routes.ts'
import { transactionRoutes } from './transactions/routes.ts'
import { unlockRoutes } from './unlock.tsx'

/** The office: what a practice's staff see and do. */
export const officeRoutes: Route[] = [
  ...doorRoutes,
  ...invitationRoutes,
  ...unlockRoutes,
  ...transactionRoutes,
  ...patientRoutes,
  ...letterRoutes,
]
