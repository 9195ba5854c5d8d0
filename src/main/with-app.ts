import type { Config } from '../platform/config.ts'
import { databaseUrls } from '../platform/database-urls.ts'
import { migrate } from '../platform/migrate.ts'
import { withDatabase } from '../platform/shared-postgres.ts'
import { type OpenApp, openApp } from './app.ts'

/** Runs a command's work on the migrated database that the settings name, started for it when nothing runs. */
export async function withApp<T>(config: Config, name: string, work: (app: OpenApp) => Promise<T>): Promise<T> {
  return await withDatabase(config, async owner => {
    const urls = databaseUrls(config, owner)
    await migrate(urls.owner, undefined, urls.passwords)
    const app = await openApp(config, { appUrl: urls.app, queueUrl: urls.queue, name, silent: true, poolSize: 4 })
    try {
      return await work(app)
    } finally {
      await app.close()
    }
  })
}
