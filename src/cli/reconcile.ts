import { parseArgs } from 'node:util'
import { withApp } from '../main/with-app.ts'
import { readConfig } from '../platform/config.ts'
import { type Reconciled, reconcile } from '../recovery/reconcile.ts'
import type { Io } from './command.ts'
import { practicesOf } from './practice-of.ts'

export const usage = `
portico reconcile [--practice S]   settles payments whose answer was lost, from the processor's records

The exit status is 1 when the processor does not answer.
`

export async function run(args: string[], io: Io): Promise<number> {
  const { values } = parseArgs({ args, options: { practice: { type: 'string' } } })
  return withApp(readConfig(), 'reconcile', async app => {
    const results: (Reconciled & { practice: string })[] = []
    for (const { id, slug } of await practicesOf(app, values.practice))
      results.push({ practice: slug, ...(await reconcile(app, id)) })
    if (io.json) io.print(JSON.stringify({ practices: results }))
    else
      for (const { practice, looked, settled, unsettled, returns, silent } of results)
        io.print(
          `${practice}: ${looked} looked at, ${settled} settled from the processor's list, ${returns} disputes and refunds, ${unsettled} still under way${silent ? '; the processor did not answer all that was asked' : ''}`,
        )
    return results.some(result => result.silent > 0) ? 1 : 0
  })
}
