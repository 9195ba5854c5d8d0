import { STAFF, STAFF_PASSWORD } from '../../seeds/cast.ts'
import { paths } from '../kernel/paths.ts'

/** Where the demo is, and as whom to look at it: what a start prints when all is ready. */
export function demoLines(url: string): string[] {
  const owner = STAFF[0]
  return [
    `portal: ${url}${paths.door('riverside')}`,
    'patient: maria.ortega@example.org',
    `office: ${url}${paths.office.door('riverside')} ${owner?.email} ${STAFF_PASSWORD}`,
    `mailbox: ${url}${paths.mailbox()}`,
  ]
}
