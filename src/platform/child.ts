import { once } from 'node:events'
import { existsSync, realpathSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** The environment of this process with changes, for a process that it starts. */
export function environment(changes: Record<string, string>): NodeJS.ProcessEnv {
  return { ...process.env, ...changes }
}

/** The setting by which a process is held until it is told the rest. */
export const HELD = { PORTICO_HELD: 'yes' }

/** Where whoever started this process holds it: waits to be told the last settings, with everything loaded meanwhile. */
export async function untilToldSettings(): Promise<void> {
  const { channel } = process
  if (process.env.PORTICO_HELD === undefined || !channel) return
  channel.ref()
  const [told] = await once(process, 'message')
  channel.unref()
  Object.assign(process.env, told)
}

/** The clone's folder, from the sources and from a build, which may lie elsewhere and then links to the clone's packages. */
export function cloneFolder(): string {
  for (let at = import.meta.dirname; at !== dirname(at); at = dirname(at)) {
    if (existsSync(join(at, 'sandbox'))) return at
    if (existsSync(join(at, 'node_modules'))) return dirname(realpathSync(join(at, 'node_modules')))
  }
  throw new Error('the clone of this build is gone')
}

/** Ends this process when the one that started it has ended, however it did. */
export function endWithParent(): void {
  if (!process.channel) return
  process.once('disconnect', () => process.exit(1))
  process.channel.unref()
}

/** The same for a program that is not ours to change, as an argument for Node. */
export const leash = `--import=data:text/javascript,${encodeURIComponent(
  "if (process.channel) { process.once('disconnect', () => process.exit(1)); process.channel.unref() }",
)}`
