#!/usr/bin/env node
// Makes small wrong changes of the money's code, one after another, and tells which of them no test notices.
import { join } from 'node:path'
import { inOwnNode, root, run } from './shared.mjs'

await inOwnNode()
run(process.execPath, [join(root, 'bin', 'build.mjs')])
await import('../test/mutants/run.ts')
