import type { Subscriber } from '../audit/subscribers.ts'
import { wholePractice } from '../kernel/actor.ts'
import type { App } from '../platform/app.ts'
import { transact } from '../platform/database.ts'
import { type MessageKind, recordMessages } from './messages.ts'

/**
 * The subscriber that puts letters of a kind into the outbox: a row for each reader, from which it is sent. What letters are made of
 * is loaded by whoever hears, so that whoever only records carries none of it.
 */
export function outbox(kind: MessageKind): Subscriber<App> {
  return {
    name: kind,
    async hear(app, practice, event) {
      const { letters } = await import('./letters.ts')
      await transact(app.db, wholePractice(practice), async tx =>
        recordMessages(tx, practice, { kind, event: event.id, to: await letters[kind].address(tx, practice, event) }),
      )
    },
  }
}
