import { sql } from 'kysely'
import { isMigrated } from '../platform/migrate.ts'
import { json } from '../web/answers.ts'
import { plainGet, type Route, type WebApp } from '../web/route.ts'

/** Whether the process lives, and whether it can serve: database, migrations, queue, and in the demo its first seed. */
export const healthRoutes: Route[] = [
  plainGet({ path: '/healthz', room: 'platform', audit: null, answers: 'json' }, async () => json({ status: 'ok' })),
  plainGet({ path: '/readyz', room: 'platform', audit: null, answers: 'json' }, async ({ app }) => {
    const waits = await whatWaits(app)
    return json(waits.length ? { status: 'waiting', for: waits } : { status: 'ok' }, waits.length ? 503 : 200)
  }),
]

async function whatWaits(app: WebApp): Promise<string[]> {
  try {
    const migrated = await isMigrated(text => app.db.pool.query(text))
    if (!migrated) return ['migrations']
    const { rows } = await sql<{
      seeded: boolean
      queued: boolean
    }>`select exists (select from practice.directory) as seeded,
      exists (select from pgboss.queue where name = 'events') as queued`.execute(app.db.kysely)
    const waits: string[] = []
    if (app.config.mode === 'demo' && !rows[0]?.seeded) waits.push('seed')
    if (!rows[0]?.queued) waits.push('queue')
    return waits
  } catch {
    return ['database']
  }
}
