// Finds the build that belongs to the sources as they are now. A build is a folder of its own, `dist/HASH`, and
// `dist/current` names the newest; a running app keeps reading the one it started from.
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fail, root, run } from './shared.mjs'

export const dist = process.env.PORTICO_DIST ?? join(root, 'dist')

const folders = ['src', 'words', 'styles', 'seeds', 'migrations']
const files = ['vite.config.ts', 'package-lock.json']

/** The build's folder, made first when there is none for these sources. */
export function currentBuild() {
  if (!findBuild()) run(process.execPath, [join(root, 'bin', 'build.mjs')])
  return findBuild() ?? fail('The sources changed while they were built. Run it again.')
}

/** The folder of a finished build of these sources, or undefined. */
export function findBuild() {
  const paths = sourcePaths()
  const stamp = sourceStamp(paths)
  const current = readCurrent()
  if (current?.stamp === stamp && isBuilt(current.hash)) return join(dist, current.hash)
  const hash = sourceHash(paths)
  if (!isBuilt(hash)) return undefined
  writeCurrent({ hash, stamp })
  return join(dist, hash)
}

export function sourceHash(paths = sourcePaths()) {
  const hash = createHash('sha256')
  for (const path of paths)
    hash
      .update(`${relative(root, path)}\0`)
      .update(readFileSync(path))
      .update('\0')
  return hash.digest('hex').slice(0, 16)
}

export function entryOf(build) {
  return join(build, 'server', 'portico.js')
}

/** Sizes and times, which say without reading anything that nothing has changed. */
function sourceStamp(paths) {
  const hash = createHash('sha256')
  for (const path of paths) {
    const { size, mtimeMs } = statSync(path)
    hash.update(`${relative(root, path)} ${size} ${mtimeMs}\n`)
  }
  return hash.digest('hex').slice(0, 16)
}

function sourcePaths() {
  const inFolders = folders
    .map(folder => join(root, folder))
    .filter(existsSync)
    .flatMap(filesBelow)
  const sources = [...inFolders, ...files.map(file => join(root, file))].filter(path => !/[.]test[.]tsx?$/.test(path))
  return sources.sort()
}

function filesBelow(folder) {
  const entries = readdirSync(folder, { withFileTypes: true, recursive: true })
  return entries.filter(entry => entry.isFile()).map(entry => join(entry.parentPath ?? entry.path, entry.name))
}

function isBuilt(hash) {
  return existsSync(entryOf(join(dist, hash)))
}

function readCurrent() {
  try {
    return JSON.parse(readFileSync(join(dist, 'current'), 'utf8'))
  } catch {
    return undefined
  }
}

/** A reader sees the old name or the new one; in a folder that cannot be written to the sources are hashed each time. */
function writeCurrent(current) {
  const making = join(dist, `current.${process.pid}`)
  try {
    writeFileSync(making, JSON.stringify(current))
    renameSync(making, join(dist, 'current'))
  } catch {}
}
