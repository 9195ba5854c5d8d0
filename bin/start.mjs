#!/usr/bin/env node
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

process.argv.splice(2, 0, 'start')
if (process.env.npm_lifecycle_event === 'start') endWithNpm()
await import('./portico.mjs')

/** npm that is killed takes nothing with it, and its run would go on unseen, holding the data folder. */
function endWithNpm() {
  const shell = process.ppid
  const npm = parentOf(shell)
  // npm runs scripts in a shell, which on some systems gives way to the script; then npm itself is our parent.
  const isOrphan = () => process.ppid !== shell || (isShell(shell) && parentOf(shell) !== npm)
  setInterval(() => isOrphan() && process.kill(process.pid, 'SIGTERM'), 250).unref()
}

function isShell(pid) {
  return /^(.*[/])?(a|ba|da|z)?sh$/.test(status(pid).name)
}

function parentOf(pid) {
  return status(pid).parent
}

function status(pid) {
  try {
    if (process.platform !== 'linux') {
      const [parent, name] = execFileSync('ps', ['-o', 'ppid=,comm=', '-p', pid]).toString().trim().split(/\s+/)
      return { parent: Number(parent), name }
    }
    const [, name, parent] = readFileSync(`/proc/${pid}/stat`, 'utf8').match(/[(](.*)[)] \S (\d+)/s) ?? []
    return { parent: Number(parent), name }
  } catch {
    return { parent: 0, name: '' }
  }
}
