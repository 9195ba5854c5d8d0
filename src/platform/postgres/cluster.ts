import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process'
import { chownSync, existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { text } from 'node:stream/consumers'
import { renameForGood } from '../rename.ts'
import { fileTrouble, Trouble } from '../trouble.ts'
import type { Account } from './account.ts'

/** `postgres` is the superuser of this bootstrap alone; the owner makes the schema, and the roles that the app uses. */
const bootstrap = ['create role portico_owner login createrole;', 'create database portico owner portico_owner;'].join(
  '\n',
)

/** Makes a new cluster beside its place and then renames it, so that a killed run leaves nothing half made. */
export async function createCluster(folder: string, account: Account, durable: boolean): Promise<void> {
  const making = `${folder}.new-${process.pid}`
  removeHalfMade(folder)
  mkdirSync(making, { mode: 0o700 })
  try {
    await fill(making, account, durable)
  } catch (error) {
    rmSync(making, { recursive: true, force: true })
    throw error
  }
  renameForGood(making, folder)
}

async function fill(folder: string, account: Account, durable: boolean): Promise<void> {
  const { version, owner } = account
  if (owner) chownSync(folder, owner.uid, owner.gid)
  await finish(account, 'initdb', ['-D', folder, ...initOptions(version), ...(durable ? [] : ['--no-sync'])])
  const settings = ['-c', 'exit_on_error=on', '-c', `fsync=${durable ? 'on' : 'off'}`]
  await finish(account, 'postgres', ['--single', '-D', folder, ...settings, 'postgres'], bootstrap)
}

/** Texts compare by code point whatever the machine; what a letter is, which trigrams ask, comes from the system's UTF-8. */
function initOptions(version: number): string[] {
  const common = ['-U', 'postgres', '-k', '-E', 'UTF8', '--auth=trust']
  if (version < 17) return [...common, '--locale=C.UTF-8']
  const letters = process.platform === 'darwin' ? 'UTF-8' : 'C.UTF-8'
  return [...common, '--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--locale=C', `--lc-ctype=${letters}`]
}

/** What killed runs left beside a cluster's place; their initdb may write on for a moment after they are gone. */
export function removeHalfMade(folder: string): void {
  const prefix = `${basename(folder)}.new-`
  for (const name of readdirSync(dirname(folder))) {
    if (name.startsWith(prefix)) rmSync(join(dirname(folder), name), { recursive: true, force: true })
  }
}

/** Starts one of the server's programs, with an environment that holds none of ours. */
export function run(account: Account, program: string, args: string[], options: SpawnOptions): ChildProcess {
  const binary = join(account.native, 'bin', program)
  if (!existsSync(binary)) throw new Trouble(`${binary} is missing. Run npm ci again, or set DATABASE_URL.`)
  const [command = binary, ...words] = [...account.prefix, binary, ...args]
  const ids = account.prefix.length > 0 ? undefined : account.owner
  return spawn(command, words, { cwd: '/', env: { LC_ALL: 'C', TZ: 'UTC' }, ...ids, ...options })
}

async function finish(account: Account, program: string, args: string[], input = ''): Promise<void> {
  const child = run(account, program, args, { stdio: 'pipe' })
  const ended = new Promise<number | null>((resolve, reject) => child.once('error', reject).once('close', resolve))
  child.stdin?.on('error', () => {}).end(input)
  const [out, err, code] = await Promise.all([output(child.stdout), output(child.stderr), ended])
  if (code === 0) return
  const place = args[args.indexOf('-D') + 1] ?? ''
  throw fileTrouble(err, place) ?? new Trouble(`The database could not be made: ${lastLines(err || out)}`)
}

function output(stream: NodeJS.ReadableStream | null): Promise<string> {
  return stream ? text(stream) : Promise.resolve('')
}

export function lastLines(log: string): string {
  const lines = log.split('\n').filter(line => /\S/.test(line))
  const fatal = lines.filter(line => /FATAL|PANIC|error:|setpriv:|not found/.test(line))
  return (fatal.length > 0 ? fatal : lines).slice(-2).join(' ').trim()
}
