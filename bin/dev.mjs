#!/usr/bin/env node
// Runs the app, and starts it again, newly built, whenever a source changes.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, watch } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { inOwnNode, root } from './shared.mjs'

await inOwnNode()
let changed = Promise.withResolvers()
let stopping = false
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
  process.on(signal, () => {
    stopping = true
    changed.resolve()
  })
for (const name of ['src', 'words', 'styles', 'seeds', 'migrations', 'sandbox']) {
  const folder = join(root, name)
  if (existsSync(folder)) watch(folder, { recursive: true }, () => changed.resolve())
}
while (!stopping) {
  changed = Promise.withResolvers()
  // By the channel the app learns that this process is gone, and ends as well.
  const app = spawn(process.execPath, [join(root, 'bin', 'portico.mjs'), 'start'], {
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
  })
  const ended = once(app, 'exit')
  // After an end of its own, such as a build that failed, only the next change can help.
  await changed.promise
  if (!stopping) await pause(50)
  app.kill('SIGTERM')
  await ended
}
// The watchers would wait for the next change.
process.exit(0)
