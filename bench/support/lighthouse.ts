import { execFile } from 'node:child_process'
import { tmpdir } from 'node:os'
import { promisify } from 'node:util'
import { median } from './load.ts'

/** Fetched by npm when it is asked for: 176 MB that no newcomer should pay. */
const LIGHTHOUSE = 'lighthouse@13.5.0'
const CATEGORIES = ['performance', 'accessibility', 'best-practices'] as const
const CHROMIUM = [
  '--headless=new',
  '--no-sandbox',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
]
const RUNS = 3

export type Scores = Readonly<Record<(typeof CATEGORIES)[number], number>>

/** Lighthouse's scores of a page on the phone that it simulates, 0 to 100, the middle of three runs. */
export async function scoresOf(url: string, cookie: string, browser: string): Promise<Scores> {
  const runs: Scores[] = []
  for (let n = 0; n < RUNS; n++) runs.push(await runOnce(url, cookie, browser))
  return Object.fromEntries(CATEGORIES.map(name => [name, median(runs.map(run => run[name]))])) as Scores
}

async function runOnce(url: string, cookie: string, browser: string): Promise<Scores> {
  const options = [
    '--quiet',
    '--output=json',
    '--no-enable-error-reporting',
    `--only-categories=${CATEGORIES.join(',')}`,
    `--chrome-flags=${CHROMIUM.join(' ')}`,
    `--extra-headers=${JSON.stringify({ Cookie: cookie })}`,
  ]
  const words = ['exec', '--yes', `--package=${LIGHTHOUSE}`, '--', 'lighthouse', url, ...options]
  const env = { ...process.env, CHROME_PATH: browser }
  const { stdout } = await promisify(execFile)('npm', words, { cwd: tmpdir(), env, maxBuffer: 2 ** 28 })
  const { categories }: { categories: Record<string, { score: number }> } = JSON.parse(stdout)
  return Object.fromEntries(CATEGORIES.map(name => [name, (categories[name]?.score ?? 0) * 100])) as Scores
}
