import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { fileSource } from '../src/exchange/file-source.ts'
import { importFhir } from '../src/exchange/import-fhir.ts'
import { system } from '../src/kernel/actor.ts'
import { copyIn } from '../src/platform/store/copy.ts'
import { makeStand, type Stand } from '../test/support/stand.ts'
import { makePractice } from '../test/support/world.ts'
import { type MadeFile, makeBundle } from './support/files.ts'
import { median } from './support/load.ts'
import { paceOf, sayGoal, sayMachine } from './support/say.ts'

/** How many times the demo's records are in the files; the large one tells what memory does with size. */
const SMALL = 2
const LARGE = { short: 8, full: 16 }

/**
 * What an import costs: resources a second, beside reading the same file by JSON.parse alone and beside COPY of its resources
 * into an empty table; and the most memory that the command takes.
 */
export async function run(words: string[]): Promise<boolean> {
  const pace = paceOf(words)
  const folder = mkdtempSync(join(tmpdir(), 'portico-files-'))
  const stand = await makeStand()
  try {
    sayMachine()
    const small = makeBundle(join(folder, 'small.json'), SMALL)
    const large = makeBundle(join(folder, 'large.json'), pace.full ? LARGE.full : LARGE.short)
    await compareRates(stand, small, pace.rounds)
    return await compareMemory(stand, small, large)
  } finally {
    await stand.end()
    rmSync(folder, { recursive: true, force: true })
  }
}

async function compareRates(stand: Stand, file: MadeFile, rounds: number): Promise<void> {
  await importOnce(stand, file, 'warm')
  const ratios = { parse: [] as number[], copy: [] as number[] }
  for (let round = 0; round < rounds; round++) {
    const ours = await importOnce(stand, file, `round-${round}`)
    const parse = await timed(async () => JSON.parse(readFileSync(file.path, 'utf8')))
    const copy = await copyOnce(stand, file)
    say('import', file, ours)
    say('JSON.parse', file, parse)
    say('COPY', file, copy)
    ratios.parse.push(parse / ours)
    ratios.copy.push(copy / ours)
  }
  console.log(`import, of the rate of JSON.parse: ${median(ratios.parse).toFixed(3)} (no goal)`)
  console.log(`import, of the rate of COPY: ${median(ratios.copy).toFixed(3)} (no goal)`)
}

async function importOnce({ app }: Stand, file: MadeFile, slug: string): Promise<number> {
  const practice = await makePractice({ ...app }, `clinic-${slug}`, {})
  const source = await fileSource(file.path)
  return timed(async () => {
    const report = await importFhir(app, system(practice.id, 'bench'), { source })
    if (report.status !== 'taken' || report.entries !== file.entries)
      throw new Error(`it was not imported: ${report.why}`)
  })
}

/** The resources alone, one a row, into a table without index. */
async function copyOnce({ superuserUrl }: Stand, file: MadeFile): Promise<number> {
  const { entry }: { entry: { resource: unknown }[] } = JSON.parse(readFileSync(file.path, 'utf8'))
  const client = new pg.Client({ connectionString: superuserUrl })
  await client.connect()
  async function* rows() {
    for (const { resource } of entry) yield Buffer.from(`${JSON.stringify(resource).replaceAll('\\', '\\\\')}\n`)
  }
  try {
    await client.query('create table if not exists public.copied (body json); truncate public.copied')
    return await timed(() => copyIn(client, 'copy public.copied (body) from stdin', rows()))
  } finally {
    await client.query('drop table public.copied').catch(() => {})
    await client.end()
  }
}

async function compareMemory(stand: Stand, small: MadeFile, large: MadeFile): Promise<boolean> {
  const peaks = [await peakOf(stand, small, 'small'), await peakOf(stand, large, 'large')]
  for (const [at, file] of [small, large].entries())
    console.log(
      `${megabytes(file.bytes)} MB in ${file.entries} resources: at most ${peaks[at]?.toFixed(0)} MB of memory`,
    )
  const more = ((peaks[1] ?? 0) - (peaks[0] ?? 0)) / ((large.bytes - small.bytes) / 1e6)
  return sayGoal('memory for each further MB of the file', more, { most: 0.5 }, ' MB')
}

/** The most memory of the command that imports a file, in MB, as the kernel counted it. */
async function peakOf(stand: Stand, file: MadeFile, slug: string): Promise<number> {
  await makePractice(stand.app, `memory-${slug}`, {})
  const command = stand.start('import', ['import', 'fhir', file.path, '--practice', `memory-${slug}`])
  let peak = 0
  let ended = false
  void command.ended.then(() => {
    ended = true
  })
  while (!ended) {
    peak = Math.max(peak, highWater(command.pid))
    await new Promise(resolve => setTimeout(resolve, 50))
  }
  const { status } = await command.ended
  if (status !== 0) throw new Error(`the import ended with ${status}`)
  return peak
}

function highWater(pid: number): number {
  try {
    return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024
  } catch {
    return 0
  }
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now()
  await work()
  return (performance.now() - started) / 1000
}

function say(name: string, file: MadeFile, seconds: number): void {
  console.log(
    `${name.padEnd(12)} ${(file.entries / seconds).toFixed(0).padStart(8)} resources/s   ${megabytes(file.bytes / seconds)} MB/s`,
  )
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(1)
}
