import { parseArgs } from 'node:util'
import { checkLedger } from '../books/check.ts'
import type { Difference } from '../books/difference.ts'
import { withApp } from '../main/with-app.ts'
import { readConfig } from '../platform/config.ts'
import { Trouble } from '../platform/trouble.ts'
import type { Io } from './command.ts'
import { practicesOf } from './practice-of.ts'

export const usage = `
portico ledger check [--practice S]   recomputes every balance and compares ledger, payments, invoices and processor

The exit status is 1 on any difference, or when the processor does not answer.
`

export async function run(args: string[], io: Io): Promise<number> {
  const { values, positionals } = parseArgs({ args, options: { practice: { type: 'string' } }, allowPositionals: true })
  if (positionals[0] !== 'check') throw new Trouble('It is portico ledger check [--practice S].')
  return withApp(readConfig(), 'ledger', async app => {
    const results = []
    for (const { id, slug } of await practicesOf(app, values.practice))
      results.push({ practice: slug, ...(await checkLedger(app, id)) })
    const ok = results.every(result => result.ok)
    const counts: Record<string, number> = {}
    for (const result of results)
      for (const [name, count] of Object.entries(result.counts)) counts[name] = (counts[name] ?? 0) + Number(count)
    const differences = results.flatMap(result =>
      result.differences.map(difference => ({ practice: result.practice, ...difference })),
    )
    if (io.json) io.print(JSON.stringify({ ok, counts, differences }))
    else {
      for (const line of differences.map(differenceLine)) io.print(line)
      io.print(ok ? `The books agree: ${counted(counts)}.` : verdict(differences))
    }
    return ok ? 0 : 1
  })
}

type Told = Difference & { readonly practice: string }

function differenceLine({ practice, kind, ref, ours, theirs }: Told): string {
  if (kind === SILENT) return `${practice}: the processor did not answer`
  return `${practice}: ${kind} ${ref}: ours ${ours}, theirs ${theirs}`
}

const SILENT = 'processor.silent'

/** The last line for whoever reads it: a processor that is silent says nothing against the books. */
export function verdict(differences: readonly Pick<Told, 'kind'>[]): string {
  return differences.every(({ kind }) => kind === SILENT)
    ? 'The books agree with each other, but the processor did not answer, so they were not compared with it.'
    : 'The books do not agree.'
}

function counted(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts)
    .map(([name, count]) => `${name} ${count}`)
    .join(', ')
}
