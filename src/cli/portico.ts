import { enableCompileCache } from 'node:module'
import { join } from 'node:path'
import { Refusal } from '../kernel/refusal.ts'
import { endWithParent } from '../platform/child.ts'
import { codeOf } from '../platform/trouble.ts'
import type { Command } from './command.ts'
import { refusalSentence } from './refusal-sentence.ts'
import { printAll, terminalIo } from './terminal.ts'

type Entry = { summary: string; load(): Promise<Command> }

const commands: Record<string, Entry> = {
  start: { summary: 'runs everything: database, processor, app and worker', load: () => import('./start.ts') },
  serve: { summary: 'answers HTTP, without a worker', load: () => import('./serve.ts') },
  work: { summary: 'runs a worker', load: () => import('./work.ts') },
  sandbox: { summary: 'runs the sandbox card processor alone', load: () => import('./sandbox.ts') },
  migrate: { summary: 'brings the database to this version', load: () => import('./migrate.ts') },
  seed: { summary: 'makes the demo practices', load: () => import('./seed.ts') },
  practice: { summary: 'makes a practice, changes its settings', load: () => import('./practice.ts') },
  staff: { summary: 'sends a member of staff a new invitation', load: () => import('./staff.ts') },
  patients: { summary: 'lists patients', load: () => import('./patients.ts') },
  import: { summary: "takes in others' files: FHIR R4 bundles", load: () => import('./import.ts') },
  link: { summary: 'prints a fresh access link', load: () => import('./link.ts') },
  reconcile: { summary: 'settles payments whose answer was lost', load: () => import('./reconcile.ts') },
  ledger: { summary: 'checks the books against the processor', load: () => import('./ledger.ts') },
  backup: { summary: 'writes the whole store into one file', load: () => import('./backup.ts') },
  restore: { summary: 'fills an empty store from a backup', load: () => import('./restore.ts') },
  database: { summary: 'prints the address of the database', load: () => import('./database.ts') },
  bench: { summary: 'measures one thing beside its reference', load: () => import('./bench.ts') },
  routes: { summary: 'lists every route with its gate', load: () => import('./routes.ts') },
  failpoints: { summary: 'lists the points a test may kill at', load: () => import('./failpoints.ts') },
}

async function main(words: string[]): Promise<number> {
  const io = terminalIo(words.includes('--json'))
  const [name, ...args] = words.filter(word => word !== '--json')
  if (name === undefined || name === '--help' || name === 'help')
    return help(name === undefined ? io.warn : io.print, name)
  const entry = Object.hasOwn(commands, name) ? commands[name] : undefined
  if (!entry) {
    io.warn(`There is no command ${name}.`)
    return help(io.warn, undefined)
  }
  const command = await entry.load()
  if (!args.includes('--help')) return await command.run(args, io)
  printAll(
    io.print,
    `portico ${name} ${entry.summary}\n\n${command.usage.trim()}\n\n  --json  prints the result as JSON`,
  )
  return 0
}

function help(print: (line: string) => void, name: string | undefined): number {
  const lines = Object.entries(commands).map(([name, { summary }]) => `  ${name.padEnd(12)}${summary}`)
  for (const line of ['portico COMMAND [--json] …   portico COMMAND --help', '', ...lines]) print(line)
  return name === undefined ? 1 : 0
}

const told = /^(Trouble|SettingError|MigrationError)$/

/** Sentences are for whoever typed the command; anything else is a fault of ours, shown with its place. */
function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  if (error instanceof Refusal) return refusalSentence(error)
  const isSentence = told.test(error.constructor.name) || codeOf(error).startsWith('ERR_PARSE_ARGS')
  return isSentence ? error.message : String(error.stack)
}

enableCompileCache(join(import.meta.dirname, '..', 'cache'))
process.setSourceMapsEnabled(true)
process.stdout.on('error', () => process.exit(1))
endWithParent()
const status = await main(process.argv.slice(2)).catch((error: unknown) => {
  printAll(terminalIo(false).warn, explain(error))
  return 1
})
// What was printed into a pipe is still on its way.
process.stdout.write('', () => process.stderr.write('', () => process.exit(status)))
