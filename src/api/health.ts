import { isOfDemo } from '../audit/events.ts'
import { paths } from '../kernel/paths.ts'
import { isMigrated } from '../platform/migrate.ts'
import { canWrite } from '../platform/probe.ts'
import { isInstalled } from '../platform/queue.ts'
import { isForDemo, somePractice } from '../practice/practices.ts'
import { json } from '../web/answers.ts'
import { plainGet, type Route, type WebApp } from '../web/route.ts'

/** Whether the process lives, and whether it can serve: database, migrations, queue, a store that takes writes, and in the demo its first seed. */
export const healthRoutes: Route[] = [
  plainGet({ path: paths.healthz(), room: 'platform', audit: null, answers: 'json' }, async () =>
    json({ status: 'ok' }),
  ),
  plainGet({ path: paths.readyz(), room: 'platform', audit: null, answers: 'json' }, async ({ app }) => {
    const waits = await whatWaits(app)
    return json(waits.length ? { status: 'waiting', for: waits } : { status: 'ok' }, waits.length ? 503 : 200)
  }),
]

const seeded = new WeakSet<WebApp>()

/** Once made, the demo stays made; a store with practices of somebody's own waits for none. */
async function isSeeded(app: WebApp): Promise<boolean> {
  if (seeded.has(app)) return true
  const isMade = await somePractice(app.db, (tx, practice) => isOfDemo(tx, practice, 'demo.made'))
  if (isMade || !(await isForDemo(app.db))) seeded.add(app)
  return seeded.has(app)
}

async function whatWaits(app: WebApp): Promise<string[]> {
  try {
    const ask = (text: string) => app.db.pool.query(text)
    if (!(await isMigrated(ask))) return ['migrations']
    const waits: string[] = []
    if (app.config.mode === 'demo' && !(await isSeeded(app))) waits.push('seed')
    if (!(await isInstalled(ask))) waits.push('queue')
    if (!(await canWrite(app))) waits.push('store')
    return waits
  } catch {
    return ['database']
  }
}
