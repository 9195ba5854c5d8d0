import { wholePractice } from '../kernel/actor.ts'
import type { PracticeId } from '../kernel/ids.ts'
import { transact } from '../platform/database.ts'
import type { PaymentsApp } from '../processor/processor.ts'
import { type Detaching, leaseDetaching, markDetached } from './methods.ts'

/** Takes a removed card away at the processor, too. One that it does not know, or has detached, is gone; where nothing is known it stays due. */
export async function detachMethod(app: PaymentsApp, practice: PracticeId, method: Detaching): Promise<void> {
  const answer = await app.processor.detach(method.at, method.processorMethod)
  if ('unknown' in answer) app.log.warn('a removed card could not be detached at the processor; it is tried again')
  else await transact(app.db, wholePractice(practice), tx => markDetached(tx, practice, method.id))
}

/** The next removed card that is due, taken so that no other worker asks for it; undefined where none is. */
export async function nextDetaching(app: PaymentsApp, practice: PracticeId): Promise<Detaching | undefined> {
  return transact(app.db, wholePractice(practice), tx => leaseDetaching(tx, practice))
}
