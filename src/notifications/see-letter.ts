import { recordEvent } from '../audit/events.ts'
import { type StaffActor, wholePractice } from '../kernel/actor.ts'
import type { App } from '../platform/app.ts'
import { transact } from '../platform/database.ts'
import { seeMessage, type Unsent } from './messages.ts'

/** Takes a letter that never reached anybody off the list of what nobody has seen; staff may, and repeating it changes nothing. Records letter.seen. */
export async function seeLetter(
  app: App,
  actor: StaffActor,
  { id, account }: Pick<Unsent, 'id' | 'account'>,
): Promise<void> {
  const { practice, staff } = actor
  await transact(app.db, wholePractice(practice), async tx => {
    if (!(await seeMessage(tx, practice, id, staff))) return
    await recordEvent(app, tx, actor, { type: 'letter.seen', subject: id, ...(account ? { account } : {}) })
  })
}
