import { openApp } from '../main/app.ts'
import { serveMetrics } from '../main/metrics.ts'
import { refuseDemo } from '../main/refuse-demo.ts'
import { serve } from '../main/serve.ts'
import { untilAsked } from '../main/until-asked.ts'
import { untilToldSettings } from '../platform/child.ts'
import { readConfig } from '../platform/config.ts'
import { databaseUrls } from '../platform/database-urls.ts'
import { withDatabase } from '../platform/shared-postgres.ts'
import type { Io } from './command.ts'

export const usage = `
portico serve   answers HTTP on HOST and PORT, without a worker; run portico migrate first
`

export async function run(_args: string[], io: Io): Promise<number> {
  await untilToldSettings()
  const config = readConfig()
  return withDatabase(config, async owner => {
    const urls = databaseUrls(config, owner)
    const app = await openApp(config, { appUrl: urls.app, queueUrl: urls.queue, name: 'app' })
    await refuseDemo(app)
    // What signs events is as old as the processor's clock tells: it is asked before the first comes (reliability 2).
    void app.processor.clock()
    const serving = await serve(app, config)
    const metrics = await serveMetrics(app)
    io.print(io.json ? JSON.stringify({ port: serving.port }) : `listening: ${config.url}`)
    return untilAsked(async () => {
      metrics.stop()
      await serving.stop()
      await app.close()
    })
  })
}
