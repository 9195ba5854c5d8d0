// What the commands in this folder have in common. Any Node from 20 on can read it.
import { spawn, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { constants } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = dirname(dirname(fileURLToPath(import.meta.url)))

const own = join(root, 'node_modules', '.bin', 'node')

/** Goes on only in the Node that package.json names; from an older one, runs the same command in it and ends. */
export async function inOwnNode() {
  if (!existsSync(join(root, 'node_modules', 'vite'))) run(process.execPath, [join(root, 'bin', 'setup.mjs')])
  if (Number.parseInt(process.versions.node, 10) >= 26) return
  if (!existsSync(own)) fail(`Portico needs Node 26, and none came with npm for ${process.platform} ${process.arch}.`)
  // By the channel a command learns that this process is gone, and ends as well.
  const child = spawn(own, process.argv.slice(1), { stdio: ['inherit', 'inherit', 'inherit', 'ipc'] })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  const [code, signal] = await new Promise(resolve => child.once('exit', (...end) => resolve(end)))
  process.exit(code ?? 128 + constants.signals[signal])
}

/** Whether the clone's path holds a character that means something in an address, where Vite takes paths for addresses. */
export const isOddPath = /[#?%]/.test(root)

/** Says that something cannot be run in a clone with such a path. */
export function refuseOddPath(what) {
  if (isOddPath)
    fail(
      `${what} cannot run in a folder with #, ? or % in its path (${root}). Clone it into another; npm start and the commands work here.`,
    )
}

/** Runs a command to its end; what it says goes to standard error, so that standard output stays the command's own. */
export function run(command, args) {
  const { status } = spawnSync(command, args, { cwd: root, stdio: ['ignore', 2, 2] })
  if (status !== 0) process.exit(status ?? 1)
}

export function fail(sentence) {
  console.error(sentence)
  process.exit(1)
}
