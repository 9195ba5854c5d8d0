#!/usr/bin/env node
// Builds the server and what it sends to browsers into a folder named by the sources' content, one build at a time.
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import { dist, findBuild, sourceHash } from './builds.mjs'
import { fail, inOwnNode, isOddPath, root } from './shared.mjs'

await inOwnNode()
prepareFolder()
const { lockFile } = await import('../src/platform/lock.ts')
const lock = await lockFile(join(dist, 'lock'))
if (!findBuild()) await build()
removeOld()
lock.release()

function prepareFolder() {
  try {
    mkdirSync(dist, { recursive: true })
    const modules = join(dist, 'node_modules')
    // A build outside of the clone finds its packages as one inside does: upwards from its own folder.
    if (relative(root, dist).startsWith('..') && !existsSync(modules)) symlinkSync(join(root, 'node_modules'), modules)
  } catch {
    fail(`This user cannot write to ${dist}. Build as one who can, or name another folder in PORTICO_DIST.`)
  }
}

async function build() {
  const started = Date.now()
  const hash = sourceHash()
  const making = join(dist, `${hash}.making`)
  const { createBuilder, mergeConfig } = await import('vite')
  const { default: config } = await import('../vite.config.ts')
  const into = name => ({ build: { outDir: join(making, name), emptyOutDir: true, reportCompressedSize: false } })
  console.error('building …')
  const environments = { client: into('client'), ssr: into('server') }
  const plain = plainRoot()
  const ours = {
    configFile: false,
    root: plain.path,
    logLevel: 'warn',
    environments,
    resolve: { preserveSymlinks: isOddPath },
  }
  const builder = await createBuilder(mergeConfig(config, ours))
  const trouble = await builder.buildApp().catch(error => error)
  plain.release()
  if (trouble instanceof Error) fail(trouble.message)
  compress(join(making, 'client', 'assets'))
  rmSync(join(dist, hash), { recursive: true, force: true })
  renameSync(making, join(dist, hash))
  findBuild()
  console.error(`built in ${((Date.now() - started) / 1000).toFixed(1)} s`)
}

/** The clone by a path that Vite can read: its own, or a link to it for as long as the build takes. */
function plainRoot() {
  if (!isOddPath) return { path: root, release: () => {} }
  const folder = mkdtempSync(join(tmpdir(), 'portico-build-'))
  const path = join(folder, 'clone')
  symlinkSync(root, path)
  process.chdir(path)
  return { path, release: () => rmSync(folder, { recursive: true }) }
}

/** Once here, so that no request pays for it. */
function compress(folder) {
  for (const name of readdirSync(folder).filter(file => /[.](css|js|svg)$/.test(file))) {
    const bytes = readFileSync(join(folder, name))
    writeFileSync(join(folder, `${name}.br`), brotliCompressSync(bytes))
    writeFileSync(join(folder, `${name}.gz`), gzipSync(bytes))
  }
}

/** Keeps this build and the two before it, which an app that still runs may be reading from. */
function removeOld() {
  const now = findBuild()
  if (now) utimesSync(now, new Date(), new Date())
  const builds = readdirSync(dist)
    .filter(name => /^[0-9a-f]{16}$/.test(name))
    .map(name => join(dist, name))
  const byAge = builds.sort((one, other) => statSync(other).mtimeMs - statSync(one).mtimeMs)
  for (const old of byAge.slice(3)) rmSync(old, { recursive: true })
}
