import { getCompileCacheDir } from 'node:module'
import { join } from 'node:path'
import { paths } from '../kernel/paths.ts'
import { cloneFolder, leash } from '../platform/child.ts'
import type { Config } from '../platform/config.ts'
import type { ChildPlan } from './children.ts'

/** How the sandbox processor is run: a program of its own that knows nothing of the app but where its webhook is. */
export function sandboxPlan(config: Config): Omit<ChildPlan, 'logFolder'> {
  return {
    name: 'sandbox',
    args: [leash, join(cloneFolder(), 'sandbox', 'main.ts')],
    env: {
      // Its sources are read as they are; what Node makes of them is kept beside the build.
      NODE_COMPILE_CACHE: getCompileCacheDir() ?? '',
      PORTICO_DATA: config.dataFolder,
      SANDBOX_PORT: String(config.sandboxPort),
      SANDBOX_WEBHOOK_URL: `http://127.0.0.1:${config.port}${paths.stripeWebhook()}`,
      STRIPE_WEBHOOK_SECRET: config.stripe.webhookSecret,
    },
  }
}
