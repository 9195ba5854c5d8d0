import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createVitest, type Vitest } from 'vitest/node'
import { judgesOf, MUTATED } from './judges.ts'
import { keptOf } from './kept.ts'
import { isLiving, living } from './living.ts'
import { type Mutation, mutationsOf } from './mutations.ts'

type Verdict = 'noticed' | 'lives' | 'lives, as listed'

/** A change after which the tests never end is one that they notice. */
const PATIENCE_MS = 180_000

/**
 * Changes the money's code in one small place after another, runs the tests that judge that place, and tells which change no
 * test noticed. `--file=WORD` for the files whose path holds it, `--sample=N` for N of them evenly spread, `--kept` for those of `kept.ts`, `--proven` where the
 * tests are known to pass. Ends with 1 when a change lives for which `living.ts` gives no reason.
 */
const words = process.argv.slice(2)
const option = (name: string) => words.find(word => word.startsWith(`--${name}=`))?.split('=')[1]

const all = globSync([...MUTATED])
  .filter(file => !file.includes('.test.') && file.includes(option('file') ?? ''))
  .sort()
  .flatMap(mutationsOf)
process.exitCode = (await tryAll(wanted())) ? 0 : 1

function wanted(): Mutation[] {
  if (words.includes('--kept')) return keptOf(all)
  return option('sample') ? sampleOf(all, Number(option('sample'))) : all
}

/** Evenly spread, and the same at every run of the same code. */
function sampleOf(mutations: readonly Mutation[], size: number): Mutation[] {
  const step = Math.max(1, mutations.length / size)
  return mutations.filter((_, index) => Math.floor(index % step) === Math.floor(step / 2)).slice(0, size)
}

async function tryAll(mutations: readonly Mutation[]): Promise<boolean> {
  const bench = { mutation: undefined as Mutation | undefined, vitest: undefined as Vitest | undefined }
  const runner = async () => (bench.vitest ??= await openVitest(() => bench.mutation))
  const verdicts: Verdict[] = []
  const proven = new Set<string>()
  for (const mutation of mutations) {
    bench.mutation = undefined
    if (!words.includes('--proven')) await prove(await runner(), mutation.file, proven)
    bench.mutation = mutation
    const verdict = await judge(await runner(), mutation)
    if (verdict === 'too long') {
      bench.vitest = undefined
      verdicts.push('noticed')
      continue
    }
    if (verdict !== 'noticed') console.log(`${verdict}: ${nameOf(mutation)}`)
    verdicts.push(verdict)
  }
  await bench.vitest?.close()
  return isGood(verdicts)
}

/** One Vitest for all runs: its PostgreSQL stays up, and the changed file alone is read anew. */
async function openVitest(current: () => Mutation | undefined): Promise<Vitest> {
  const load = (id: string) => {
    const mutation = current()
    return mutation && id === join(process.cwd(), mutation.file) ? changed(mutation) : null
  }
  const options = { watch: false, run: true, bail: 1, fsModuleCache: false, reporters: [{}], silent: true }
  return createVitest('test', options, { plugins: [{ name: 'one-change', enforce: 'pre', load }] })
}

function changed({ file, start, end, becomes }: Mutation): string {
  const text = readFileSync(file, 'utf8')
  return text.slice(0, start) + becomes + text.slice(end)
}

/** The judges of a file pass while nothing is changed: else their failing would say nothing. */
async function prove(vitest: Vitest, file: string, proven: Set<string>): Promise<void> {
  const judges = judgesOf(file)
  const name = judges.join(' ')
  if (proven.has(name)) return
  proven.add(name)
  if (await fails(vitest, judges)) throw new Error(`These tests fail by themselves: ${name}`)
}

async function judge(vitest: Vitest, mutation: Mutation): Promise<Verdict | 'too long'> {
  const path = join(process.cwd(), mutation.file)
  vitest.invalidateFile(path)
  const verdict = await Promise.race([fails(vitest, judgesOf(mutation.file)), patience()])
  vitest.invalidateFile(path)
  if (verdict === 'too long') return verdict
  if (verdict) return 'noticed'
  return isLiving(mutation) ? 'lives, as listed' : 'lives'
}

function patience(): Promise<'too long'> {
  return new Promise(resolve => setTimeout(resolve, PATIENCE_MS, 'too long').unref())
}

async function fails(vitest: Vitest, files: string[]): Promise<boolean> {
  const specifications = await vitest.globTestSpecifications(files)
  if (specifications.length === 0) throw new Error(`No test has a path like ${files.join(' ')}`)
  vitest.state.clearErrors()
  const { testModules, unhandledErrors } = await vitest.runTestSpecifications(specifications)
  return unhandledErrors.length > 0 || testModules.some(module => !module.ok())
}

function nameOf({ file, line, was, becomes, context }: Mutation): string {
  const short = (text: string) => text.replace(/\s+/g, ' ').slice(0, 80)
  return `${file}:${line}  ${short(was)} → ${short(becomes)}   in: ${short(context)}`
}

function isGood(verdicts: readonly Verdict[]): boolean {
  const count = (verdict: Verdict) => verdicts.filter(each => each === verdict).length
  const noticed = (100 * count('noticed')) / Math.max(1, verdicts.length)
  console.log(
    `${verdicts.length} changes: ${noticed.toFixed(1)} % noticed, ${count('lives')} live, ${count('lives, as listed')} live as listed (${living.length} are listed)`,
  )
  return count('lives') === 0
}
