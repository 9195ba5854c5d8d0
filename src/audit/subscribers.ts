import { wholePractice } from '../kernel/actor.ts'
import type { PracticeId } from '../kernel/ids.ts'
import { assert } from '../kernel/refusal.ts'
import type { App } from '../platform/app.ts'
import { transact } from '../platform/database.ts'
import type { EventJob } from '../platform/queue.ts'
import { type EventType, findEvent, type RecordedEvent } from './events.ts'

/** Somebody who does something when an event has happened, after its commit; safe to repeat. */
export type Subscriber<Needs extends App> = {
  /** Kept in the jobs that wait: a new name is another subscriber. */
  readonly name: string
  hear(app: Needs, practice: PracticeId, event: RecordedEvent): Promise<void>
}

/** Who listens to what; `main` gives it. */
export type Subscribers<Needs extends App> = Readonly<Partial<Record<EventType, readonly Subscriber<Needs>[]>>>

/** The same table as the queue needs it: names alone. */
export function namesOf<Needs extends App>(subscribers: Subscribers<Needs>): Record<string, string[]> {
  return Object.fromEntries(Object.entries(subscribers).map(([type, all]) => [type, all.map(({ name }) => name)]))
}

/**
 * Lets the subscriber hear whom a job was queued for. One who is not known here fails, and waits for a worker of the version that
 * queued it.
 */
export async function hear<Needs extends App>(
  app: Needs,
  subscribers: Subscribers<Needs>,
  { practice, event: id, subscriber }: EventJob,
): Promise<void> {
  const event = await transact(app.db, wholePractice(practice), tx => findEvent(tx, practice, id))
  if (!event) return
  const all = subscribers[event.type] ?? []
  const wanted = subscriber ? all.filter(({ name }) => name === subscriber) : all
  assert(wanted.length > 0 || !subscriber, `nobody called ${subscriber} listens to ${event.type}`)
  for (const one of wanted) await one.hear(app, practice, event)
}
