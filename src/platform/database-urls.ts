import { type Config, ownSecret } from './config.ts'
import type { RolePasswords } from './migrate.ts'
import { roleUrl } from './postgres/socket.ts'

export type DatabaseUrls = {
  readonly owner: string
  readonly app: string
  readonly queue: string
  readonly passwords: RolePasswords | undefined
}

/**
 * The addresses of the three roles on one database. On the embedded server its private socket is the proof; on another one
 * the roles' passwords are made once and kept in PORTICO_DATA/keys, or come as DATABASE_APP_URL and DATABASE_QUEUE_URL.
 */
export function databaseUrls(config: Config, owner: string): DatabaseUrls {
  const given = config.databaseAppUrl !== undefined && config.databaseQueueUrl !== undefined
  const passwords =
    config.databaseUrl === undefined || given
      ? undefined
      : { app: ownSecret(config, 'database-app'), queue: ownSecret(config, 'database-queue') }
  return {
    owner,
    app: config.databaseAppUrl ?? roleUrl(owner, 'portico_app', passwords?.app),
    queue: config.databaseQueueUrl ?? roleUrl(owner, 'portico_queue', passwords?.queue),
    passwords,
  }
}
