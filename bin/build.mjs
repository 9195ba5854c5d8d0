#!/usr/bin/env node
// Builds the server and what it sends to browsers into a folder named by the sources' content, one build at a time.
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join, relative } from 'node:path'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import { dist, findBuild, sourceHash } from './builds.mjs'
import { fail, inOwnNode, root } from './shared.mjs'

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
  const { createBuilder } = await import('vite')
  const into = name => ({ build: { outDir: join(making, name), emptyOutDir: true, reportCompressedSize: false } })
  console.error('building …')
  const environments = { client: into('client'), ssr: into('server') }
  const builder = await createBuilder({ root, logLevel: 'warn', environments })
  await builder.buildApp().catch(error => fail(error.message))
  compress(join(making, 'client', 'assets'))
  rmSync(join(dist, hash), { recursive: true, force: true })
  renameSync(making, join(dist, hash))
  findBuild()
  console.error(`built in ${((Date.now() - started) / 1000).toFixed(1)} s`)
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
