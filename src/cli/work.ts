import { work } from '../jobs/worker.ts'
import { openApp } from '../main/app.ts'
import { refuseDemo } from '../main/refuse-demo.ts'
import { subscribers } from '../main/subscribers.ts'
import { untilAsked } from '../main/until-asked.ts'
import { readConfig } from '../platform/config.ts'
import { databaseUrls } from '../platform/database-urls.ts'
import { withDatabase } from '../platform/shared-postgres.ts'
import type { Io } from './command.ts'

export const usage = `
portico work   runs a worker: mails, the processor's events, recovery of payments, disputes, timed jobs; any number may run
`

export async function run(_args: string[], io: Io): Promise<number> {
  const config = readConfig()
  return withDatabase(config, async owner => {
    const urls = databaseUrls(config, owner)
    const app = await openApp(config, {
      appUrl: urls.app,
      queueUrl: urls.queue,
      name: 'worker',
      worker: true,
      poolSize: 12,
    })
    await refuseDemo(app)
    const working = await work(app, subscribers)
    if (!io.json) io.print('working')
    return untilAsked(async () => {
      await working.stop()
      await app.close()
    })
  })
}
