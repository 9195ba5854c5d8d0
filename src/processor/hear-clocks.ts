import { wholePractice } from '../kernel/actor.ts'
import { transact } from '../platform/database.ts'
import { listPractices } from '../practice/practices.ts'
import { readClocks } from './clocks.ts'
import { listConnections } from './connections.ts'
import type { PaymentsApp } from './processor.ts'

/** Reads both clocks for every practice's connections, so that what is sent next is known by both; at a worker's start and now and then. */
export async function hearClocks(app: PaymentsApp, isWanted: () => boolean): Promise<void> {
  for (const { id: practice } of await listPractices(app.db)) {
    const connections = await transact(app.db, wholePractice(practice), tx => listConnections(tx, practice))
    for (const connection of connections) {
      if (!isWanted()) return
      if (!(await readClocks(app, practice, connection))) return sayUnknown(app)
    }
  }
}

function sayUnknown(app: PaymentsApp): void {
  app.log.warn('the processor does not tell its time: until it does, nothing is given up and nothing asked for anew')
}
