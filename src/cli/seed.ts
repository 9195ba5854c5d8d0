import { seed } from '../main/seed.ts'
import { withApp } from '../main/with-app.ts'
import { readConfig } from '../platform/config.ts'
import { Trouble } from '../platform/trouble.ts'
import type { Io } from './command.ts'

export const usage = `
portico seed   makes the demo practices where they are not there yet; goes on where a killed one stopped; needs the processor
`

export async function run(_args: string[], io: Io): Promise<number> {
  const config = readConfig()
  if (config.mode === 'production') throw new Trouble('The demo practices are not for production.')
  return withApp(config, 'seed', async app => {
    const lines = await seed(app, line => io.warn(line))
    if (io.json) io.print(JSON.stringify({ lines }))
    else for (const line of lines) io.print(line)
    return 0
  })
}
