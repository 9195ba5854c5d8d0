import { createHash } from 'node:crypto'
import { chmodSync, chownSync, lstatSync, mkdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Trouble } from '../trouble.ts'

/** What the operating system leaves for a socket's path, without its ending NUL. */
const longest = process.platform === 'darwin' ? 103 : 107

export function fits(folder: string): boolean {
  return Buffer.byteLength(join(folder, '.s.PGSQL.5432')) <= longest
}

/** Where the server listens: its own folder (0700), or, when that path is too long or it is kept apart, one below the temporary folder. */
export function socketFolder(cluster: string, apart = false): string {
  const name = `portico-${createHash('sha256').update(cluster).digest('hex').slice(0, 16)}`
  const elsewhere = [join(tmpdir(), name, apart ? 'a' : 's'), join('/tmp', name, apart ? 'a' : 's')]
  const candidates = apart ? elsewhere : [cluster, ...elsewhere]
  const found = candidates.find(fits)
  if (!found) throw new Trouble(`No folder is short enough for the database's socket; set TMPDIR to a short one.`)
  return found
}

/**
 * Makes a socket folder outside of the cluster: an outer folder that belongs to us, so that nobody else could have laid
 * a trap under the known name, and an inner one of mode 0700 that belongs to the server's user.
 */
export function makeSocketFolder(folder: string, owner?: { uid: number; gid: number }): void {
  const outer = join(folder, '..')
  mkdirSync(outer, { recursive: true, mode: 0o700 })
  const found = lstatSync(outer)
  if (!found.isDirectory() || found.uid !== process.getuid?.()) {
    throw new Trouble(`${outer} belongs to someone else, and the database's socket would lie there. Remove it.`)
  }
  chmodSync(outer, owner ? 0o711 : 0o700)
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  if (owner) chownSync(folder, owner.uid, owner.gid)
}

/** A URL that libpq and `pg` both read: the socket's folder stands, encoded, where a host would. */
export function socketUrl(socket: string, role = 'portico_owner', database = 'portico'): string {
  return `postgresql://${role}@${encodeURIComponent(socket)}/${database}`
}

/** The same database for another role of it. */
export function roleUrl(ownerUrl: string, role: string, password?: string): string {
  const user = password === undefined ? role : `${role}:${encodeURIComponent(password)}`
  return ownerUrl.replace(/^(postgres(?:ql)?:[/][/])(?:[^@/?]*@)?/, `$1${user}@`)
}
