import { isOfDemo } from '../audit/events.ts'
import type { App } from '../platform/app.ts'
import { Trouble } from '../platform/trouble.ts'
import { somePractice } from '../practice/practices.ts'

/** In production a store with the demo's people, whose staff's password everybody can read, is refused. */
export async function refuseDemo(app: App): Promise<void> {
  if (app.config.mode !== 'production' || !(await somePractice(app.db, isOfDemo))) return
  throw new Trouble(
    'This store holds the demo practices, whose passwords are published. Production needs an empty store: another PORTICO_DATA or DATABASE_URL.',
  )
}
