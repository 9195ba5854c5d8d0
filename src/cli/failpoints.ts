import { FAILPOINTS } from '../platform/failpoint.ts'
import type { Io } from './command.ts'

export const usage = `
portico failpoints   the points that PORTICO_FAILPOINT=NAME[:N] may name, in test and development mode
`

export async function run(_args: string[], io: Io): Promise<number> {
  if (io.json) io.print(JSON.stringify(FAILPOINTS))
  else for (const name of FAILPOINTS) io.print(name)
  return 0
}
