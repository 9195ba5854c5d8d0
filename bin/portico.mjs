#!/usr/bin/env node
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { inOwnNode, root } from './shared.mjs'

await inOwnNode()
const { currentBuild, entryOf } = await import('./builds.mjs')
const entry = entryOf(currentBuild())
process.env.PORTICO_DATA ??= join(root, 'data')
process.argv = [process.execPath, entry, ...process.argv.slice(2)]
// A path is no address: one with # or % in it would name another file.
await import(pathToFileURL(entry).href)
