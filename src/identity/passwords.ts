import { sql } from 'kysely'
import { wholePractice } from '../kernel/actor.ts'
import { type LoginId, newId, type PracticeId } from '../kernel/ids.ts'
import { maybe, type Tx, transact } from '../platform/database.ts'
import type { IdentityApp } from './sessions.ts'

/** Gives a login this password, replacing the one it had; sessions it opened before end. Used by the demo and tests. */
export async function setPassword(
  app: IdentityApp,
  practice: PracticeId,
  login: LoginId,
  password: string,
): Promise<void> {
  const hash = await hashOf(app, password)
  await transact(app.db, wholePractice(practice), tx => writePassword(tx, login, hash))
}

export async function hashOf(app: IdentityApp, password: string): Promise<string> {
  return (await app.auth.context).password.hash(password)
}

export async function writePassword(tx: Tx, login: LoginId, hash: string): Promise<void> {
  await sql`delete from identity.credential where login_id = ${login} and provider_id = 'credential'`.execute(tx)
  await sql`insert into identity.credential (id, account_id, provider_id, login_id, password)
    values (${newId('crd')}, ${login}, 'credential', ${login}, ${hash})`.execute(tx)
  await sql`delete from identity.session where login_id = ${login} and via = 'password'`.execute(tx)
}

/** Whose password was right, and as which row it was kept then. */
export type Known = { readonly login: LoginId; readonly credential: string }

/** The login whose address and password these are; an unknown address costs the same work as a wrong password. */
export async function checkPassword(app: IdentityApp, email: string, password: string): Promise<Known | undefined> {
  const context = await app.auth.context
  const { rows } = await sql<
    Known & { hash: string }
  >`select l.id as login, c.id as credential, c.password as hash from identity.login l join identity.credential c on c.login_id = l.id
    where l.email = ${email} and c.provider_id = 'credential' and c.password is not null`.execute(app.db.kysely)
  const [known] = rows
  if (!known) await context.password.hash(password)
  return known && (await context.password.verify({ hash: known.hash, password })) ? known : undefined
}

/**
 * Whether a password that was right a moment ago is still the login's. Whoever is changing it is waited for; whoever wants to waits
 * until this transaction ends, and then finds its session to end.
 */
export async function isStillTheOne(tx: Tx, { credential }: Known): Promise<boolean> {
  return (await maybe(tx, sql`select id from identity.credential where id = ${credential} for share`)) !== undefined
}
