import { createHash } from 'node:crypto'
import { chmodSync, cpSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { Trouble } from '../trouble.ts'
import { majorVersion, nativeVersion } from './binaries.ts'

/** The user `nobody` of nearly every system. PostgreSQL refuses to run as root, so root starts it as this one. */
const nobody = 65534

const cache = '/var/cache/portico'

/** How the server's programs are run: where they lie, whose files they write if not ours, and what stands before. */
export type Account = { native: string; version: number; owner?: { uid: number; gid: number }; prefix: string[] }

export function serverAccount(native: string, folders: string[]): Account {
  const version = majorVersion(native)
  if (process.getuid?.() !== 0) return { native, version, prefix: [] }
  const reachable = enters(nobody, join(native, 'bin', 'postgres')) ? native : copyBinaries(native)
  if (folders.every(folder => enters(nobody, dirname(folder)))) {
    return { native: reachable, version, owner: { uid: nobody, gid: nobody }, prefix: [] }
  }
  const setpriv = ['/usr/bin/setpriv', '/bin/setpriv', '/usr/local/bin/setpriv'].find(existsSync)
  if (!setpriv) {
    throw new Trouble(
      'PostgreSQL does not run as root, and its folder cannot be entered by another user. ' +
        'Name a folder that can be in PORTICO_DATA, install setpriv (util-linux), or start Portico as an ordinary user.',
    )
  }
  const capability = ['--inh-caps=+dac_override', '--ambient-caps=+dac_override']
  const prefix = [setpriv, `--reuid=${nobody}`, `--regid=${nobody}`, '--clear-groups', ...capability]
  return { native: reachable, version, owner: { uid: nobody, gid: nobody }, prefix }
}

/** True when the user may enter the path and every folder on the way; ACLs are not asked. */
export function enters(uid: number, path: string): boolean {
  for (let at = path; ; at = dirname(at)) {
    const found = statSync(at, { throwIfNoEntry: false })
    if (found && !mayEnter(uid, found)) return false
    if (at === dirname(at)) return true
  }
}

function mayEnter(uid: number, { mode, uid: owner, gid }: { mode: number; uid: number; gid: number }): boolean {
  if (owner === uid) return (mode & 0o100) !== 0
  return (mode & (gid === uid ? 0o010 : 0o001)) !== 0
}

/** Once per version: a clone below `/root` (0700) is out of the server's reach before its capability takes hold. */
function copyBinaries(native: string): string {
  const copy = join(cache, `${nativeVersion(native)}-${sizes(native)}`)
  if (existsSync(copy)) return copy
  const making = `${copy}.${process.pid}`
  mkdirSync(cache, { recursive: true })
  cpSync(native, making, { recursive: true, verbatimSymlinks: true })
  openToAll(making)
  try {
    renameSync(making, copy)
  } catch (error) {
    rmSync(making, { recursive: true })
    if (!existsSync(copy)) throw error
  }
  return copy
}

function sizes(native: string): string {
  const files = ['bin', 'lib'].flatMap(name => readdirSync(join(native, name)).map(file => join(native, name, file)))
  const list = files.map(file => `${basename(file)} ${statSync(file).size}`).sort()
  return createHash('sha256').update(list.join('\n')).digest('hex').slice(0, 12)
}

function openToAll(folder: string): void {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter(file => !file.isSymbolicLink())
  for (const file of files) {
    const path = join(file.parentPath, file.name)
    chmodSync(path, (statSync(path).mode & 0o100) !== 0 ? 0o755 : 0o644)
  }
  for (const path of [dirname(folder), folder]) chmodSync(path, 0o755)
}
