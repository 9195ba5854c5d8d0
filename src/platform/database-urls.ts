import { type Config, ownSecret } from './config.ts'
import type { RolePasswords } from './migrate.ts'

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
  const embedded = config.databaseUrl === undefined
  const passwords =
    embedded || (config.databaseAppUrl && config.databaseQueueUrl)
      ? undefined
      : { app: ownSecret(config, 'database-app'), queue: ownSecret(config, 'database-queue') }
  return {
    owner,
    app: config.databaseAppUrl ?? as(owner, 'portico_app', passwords?.app),
    queue: config.databaseQueueUrl ?? as(owner, 'portico_queue', passwords?.queue),
    passwords,
  }
}

/** The same server and database, reached as another role. */
function as(owner: string, role: string, password: string | undefined): string {
  const user = password === undefined ? role : `${role}:${encodeURIComponent(password)}`
  return owner.replace(/^(postgres(?:ql)?:\/\/)(?:[^@/]*@)?/, `$1${user}@`)
}
