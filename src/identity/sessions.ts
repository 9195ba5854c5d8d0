import { createHmac, timingSafeEqual } from 'node:crypto'
import { sql } from 'kysely'
import { recordEvent } from '../audit/events.ts'
import {
  type Actor,
  type PatientActor,
  type StaffActor,
  type StaffRole,
  system,
  wholePractice,
} from '../kernel/actor.ts'
import type { AccountId, LoginId, PatientId, PracticeId, StaffId } from '../kernel/ids.ts'
import type { Locale } from '../kernel/locale.ts'
import type { App } from '../platform/app.ts'
import { ownSecret } from '../platform/config.ts'
import { changed, maybe, one, type Tx, transact } from '../platform/database.ts'
import type { Auth } from './auth.ts'
import { isMaskOf, maskToken } from './masks.ts'

/** What identity's verbs are given. */
export type IdentityApp = App & { readonly auth: Auth }

export const SESSION_SECONDS = 12 * 3600
/** How long a fresh emailed code counts as the second step. */
const STEP_MINUTES = 30

/** What one query tells of a session at a practice: who, and what their grants and their staff role let them do there. */
export type SessionRow = {
  readonly session: string
  readonly via: 'link' | 'password'
  readonly login: LoginId
  readonly name: string
  readonly email: string
  readonly locale: Locale | null
  readonly steppedUpAt: Temporal.Instant | null
  readonly staff: StaffId | null
  readonly staffName: string | null
  readonly role: StaffRole | null
  readonly account: AccountId | null
  readonly patients: PatientId[] | null
  readonly self: PatientId | null
}

/** The query that reads a session by its token; runs in the practice's scope, before it is narrowed to the person. */
export function selectSession(practice: PracticeId, token: string) {
  return sql<SessionRow>`select s.id as session, s.via, s.login_id as login, l.name, l.email, l.locale,
      case when s.stepped_up_at > now() - make_interval(mins => ${STEP_MINUTES}) then s.stepped_up_at end as "steppedUpAt",
      st.id as staff, st.name as "staffName", st.role, g.account_id as account, g.patients, g.self
    from identity.session s join identity.login l on l.id = s.login_id
    left join identity.staff st on st.practice_id = ${practice} and st.login_id = l.id and st.ended_at is null
    left join lateral (select account_id, array_agg(patient_id order by patient_id) as patients,
        min(patient_id) filter (where kind = 'self') as self from identity.access_grant
      where practice_id = ${practice} and login_id = l.id and (ends_at is null or ends_at > now()) group by account_id order by min(granted_at), account_id limit 1) g on true
    where s.token = ${token} and s.expires_at > now()`
}

/** The person of a session as a patient's guarantor or grantee here, if they have a grant. */
export function patientActor(practice: PracticeId, row: SessionRow): PatientActor | undefined {
  if (!row.account || !row.patients) return undefined
  const { login, session, name, email, account, patients, self, steppedUpAt } = row
  return { kind: 'patient', practice, login, session, name, email, account, patients, self, steppedUpAt }
}

/** The person of a session as this practice's staff, if they are and signed in with their password: an emailed link opens no office. */
export function staffActor(practice: PracticeId, row: SessionRow): StaffActor | undefined {
  if (!row.staff || !row.role || row.via !== 'password') return undefined
  return {
    kind: 'staff',
    practice,
    login: row.login,
    session: row.session,
    staff: row.staff,
    name: row.staffName ?? row.name,
    role: row.role,
  }
}

/** Starts a session for a login; answers its signed cookie value. */
export async function startSession(app: IdentityApp, login: LoginId, via: 'link' | 'password'): Promise<string> {
  const context = await app.auth.context
  const session = await context.internalAdapter.createSession(login)
  await sql`update identity.session set via = ${via} where token = ${session.token}`.execute(app.db.kysely)
  return signToken(app, session.token)
}

/** Ends the session whose cookie a browser held before it was given another. Records session.ended. */
export async function endHeldSession(app: App, practice: PracticeId, token: string): Promise<void> {
  await transact(app.db, wholePractice(practice), async tx => {
    const held = await maybe(tx, sql<{ id: string }>`delete from identity.session where token = ${token} returning id`)
    if (held) await recordEvent(app, tx, system(practice, 'door'), { type: 'session.ended', subject: held.id })
  })
}

/** Ends a session: its cookie opens nothing any more. Its own person may, also when what they held here has ended. Records session.ended. */
export async function endSession(app: App, actor: Actor, session: string): Promise<void> {
  await transact(app.db, wholePractice(actor.practice), async tx => {
    await sql`delete from identity.session where id = ${session}`.execute(tx)
    await recordEvent(app, tx, actor, { type: 'session.ended', subject: session })
  })
}

/** Whether somebody holds, or once held, a grant here, or a role of staff. */
export async function wasHere(tx: Tx, practice: PracticeId, login: LoginId, as: 'patient' | 'staff'): Promise<boolean> {
  const table = sql.table(as === 'patient' ? 'identity.access_grant' : 'identity.staff')
  const { here } = await one(
    tx,
    sql<{
      here: boolean
    }>`select exists (select from ${table} where practice_id = ${practice} and login_id = ${login}) as here`,
  )
  return here
}

/** Marks a session as having proved itself by a fresh code, by the database's clock; false for one that has ended. */
export async function stepUp(tx: Tx, session: string): Promise<boolean> {
  return (
    (await changed(
      tx,
      sql`update identity.session set stepped_up_at = now() where id = ${session} and expires_at > now()`,
    )) === 1
  )
}

/** A session's token with its signature, as better-auth signs its cookie. */
function signToken(app: Pick<App, 'config'>, token: string): string {
  return `${token}.${signature(app, token)}`
}

/** The token in a cookie whose signature is ours; undefined for anything else. */
export function tokenOf(app: Pick<App, 'config'>, cookie: string | undefined): string | undefined {
  const dot = cookie?.lastIndexOf('.') ?? -1
  if (!cookie || dot < 1 || cookie.length > 200) return undefined
  const token = cookie.slice(0, dot)
  const given = Buffer.from(cookie.slice(dot + 1))
  const right = Buffer.from(signature(app, token))
  return given.length === right.length && timingSafeEqual(given, right) ? token : undefined
}

/** The token that a session's own forms carry; written differently every time. */
export function csrfToken(app: Pick<App, 'config'>, session: string): string {
  return maskToken(csrfSecret(app, session))
}

/** Whether this is a token of this session's own forms. */
export function isCsrfToken(app: Pick<App, 'config'>, session: string, given: string): boolean {
  return isMaskOf(given, csrfSecret(app, session))
}

function csrfSecret(app: Pick<App, 'config'>, session: string): Buffer {
  return createHmac('sha256', ownSecret(app.config, 'forms')).update(`csrf ${session}`).digest()
}

function signature(app: Pick<App, 'config'>, token: string): string {
  return createHmac('sha256', ownSecret(app.config, 'sessions')).update(token).digest('base64')
}
