#!/usr/bin/env node
// Makes small wrong changes of the money's code, one after another, and tells which of them no test notices.
import { inOwnNode } from './shared.mjs'

await inOwnNode()
await import('../test/mutants/run.ts')
