import { routes } from '../main/routes.ts'
import type { Io } from './command.ts'

export const usage = `
portico routes   every route with its gate; needs no database and no data folder
`

export async function run(_args: string[], io: Io): Promise<number> {
  const listed = routes.map(route => ({
    method: route.method,
    path: route.path,
    room: route.room,
    roles: route.roles,
    public: route.public,
    owner: route.owner,
    csrf: route.csrf,
    stepUp: route.stepUp ?? null,
    limit: route.limit ?? null,
    audit: route.audit,
    body: route.body,
    form: route.form ?? null,
    ...(route.answers ? { answers: route.answers } : {}),
  }))
  if (io.json) io.print(JSON.stringify(listed))
  else
    for (const { method, path, roles, public: open } of listed)
      io.print(`${method.padEnd(5)}${path.padEnd(52)}${open ? 'public' : roles.join(' ')}`)
  return 0
}
