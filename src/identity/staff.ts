import { sql } from 'kysely'
import { recordEvent } from '../audit/events.ts'
import { type Actor, type StaffRole, system, wholePractice } from '../kernel/actor.ts'
import { type LoginId, newId, type PracticeId, type StaffId } from '../kernel/ids.ts'
import { Refusal } from '../kernel/refusal.ts'
import { list, maybe, one, type Tx, transact } from '../platform/database.ts'
import { countAttempt } from './attempts.ts'
import { endInvitations, takeToken } from './links.ts'
import { recordLogin } from './logins.ts'
import { type IdentityApp, startSession } from './sessions.ts'

const GUESSES = { most: 10, minutes: 15 }

/** Makes a person staff of a practice and mails them an invitation to choose a password; safe to repeat. Records staff.invited. */
export async function inviteStaff(
  app: IdentityApp,
  actor: Actor,
  facts: { email: string; name: string; role: StaffRole; announce?: boolean },
): Promise<{ staff: StaffId; login: LoginId }> {
  return transact(app.db, wholePractice(actor.practice), async tx => {
    const login = await recordLogin(tx, facts)
    const { staff } = await one(
      tx,
      sql<{
        staff: StaffId
      }>`insert into identity.staff (practice_id, id, login_id, name, role) values (${actor.practice}, ${newId('stf')}, ${login}, ${facts.name}, ${facts.role})
        on conflict (practice_id, login_id) do update set name = excluded.name returning id as staff`,
    )
    await recordEvent(app, tx, actor, { type: 'staff.invited', subject: staff, announce: facts.announce ?? true })
    return { staff, login }
  })
}

/**
 * Mails a member of staff a new invitation; the ones before end at once. Whoever has a password chooses a new one with it, and keeps
 * the old one until then. Refuses `absent` for an address that is nobody's of the staff now. Records staff.invited.
 */
export async function inviteAgain(app: IdentityApp, actor: Actor, email: string): Promise<{ staff: StaffId }> {
  const { practice } = actor
  return transact(app.db, wholePractice(practice), async tx => {
    const found = await maybe(
      tx,
      sql<{ staff: StaffId; login: LoginId }>`select s.id as staff, s.login_id as login
        from identity.staff s join identity.login l on l.id = s.login_id
        where s.practice_id = ${practice} and l.email = ${email} and s.ended_at is null`,
    )
    if (!found) throw new Refusal('absent', 'absent')
    await endInvitations(tx, practice, found.login)
    await recordEvent(app, tx, actor, { type: 'staff.invited', subject: found.staff, announce: true })
    return { staff: found.staff }
  })
}

/**
 * Spends an invitation and sets the password its holder chose; refuses `password.short` (under ten characters) and `link.gone`,
 * also for somebody who is no longer staff. Records staff.joined.
 */
export async function acceptInvitation(
  app: IdentityApp,
  practice: PracticeId,
  token: string,
  password: string,
): Promise<string> {
  if (password.length < 10 || password.length > 128) throw new Refusal('invalid', 'password.short', {}, 'password')
  const hash = await hashOf(app, password)
  const login = await transact(app.db, wholePractice(practice), async tx => {
    const link = await takeToken(tx, practice, token, 'invitation')
    const staff = link && (await findStaff(tx, practice, link.login))
    if (!link || !staff) throw new Refusal('invalid', 'link.gone')
    await recordEvent(app, tx, system(practice, 'door'), { type: 'staff.joined', subject: staff.id })
    await writePassword(tx, link.login, hash)
    await endInvitations(tx, practice, link.login)
    return link.login
  })
  return startSession(app, login, 'password')
}

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

async function hashOf(app: IdentityApp, password: string): Promise<string> {
  return (await app.auth.context).password.hash(password)
}

async function writePassword(tx: Tx, login: LoginId, hash: string): Promise<void> {
  await sql`delete from identity.credential where login_id = ${login} and provider_id = 'credential'`.execute(tx)
  await sql`insert into identity.credential (id, account_id, provider_id, login_id, password)
    values (${newId('crd')}, ${login}, 'credential', ${login}, ${hash})`.execute(tx)
  await sql`delete from identity.session where login_id = ${login} and via = 'password'`.execute(tx)
}

/**
 * Signs staff in by password; answers the session's cookie. Guesses are counted per address of mail before anything is compared,
 * so that many at once count as many: ten in fifteen minutes, then `signIn.limited` whatever the password. What is refused unseen
 * counts as none, so that the door opens again a quarter of an hour after the guesses. Refuses `signIn.wrong`, the same for an
 * unknown address. Records staff.signed-in.
 */
export async function signInStaff(
  app: IdentityApp,
  practice: PracticeId,
  { email, password }: { email: string; password: string },
): Promise<string> {
  const key = `password ${email}`
  const mayGuess = await transact(app.db, wholePractice(practice), tx => countAttempt(tx, key, GUESSES))
  if (!mayGuess && app.config.limits) throw new Refusal('limited', 'signIn.limited')
  const known = await checkPassword(app, email, password)
  const staff = known && (await transact(app.db, wholePractice(practice), tx => findStaff(tx, practice, known.login)))
  if (!known || !staff) throw new Refusal('invalid', 'signIn.wrong')
  return transact(app.db, wholePractice(practice), async tx => {
    await recordEvent(app, tx, system(practice, 'door'), { type: 'staff.signed-in', subject: staff.id })
    await sql`delete from identity.attempt where key = ${key}`.execute(tx)
    if (!(await isStillTheOne(tx, known))) throw new Refusal('invalid', 'signIn.wrong')
    return startSession(app, known.login, 'password')
  })
}

type Known = { readonly login: LoginId; readonly credential: string }

async function checkPassword(app: IdentityApp, email: string, password: string): Promise<Known | undefined> {
  const context = await app.auth.context
  const { rows } = await sql<
    Known & { hash: string }
  >`select l.id as login, c.id as credential, c.password as hash from identity.login l join identity.credential c on c.login_id = l.id
    where l.email = ${email} and c.provider_id = 'credential' and c.password is not null`.execute(app.db.kysely)
  const [known] = rows
  // An unknown address costs the same work as a wrong password.
  if (!known) await context.password.hash(password)
  return known && (await context.password.verify({ hash: known.hash, password })) ? known : undefined
}

/**
 * Whether a password that was right a moment ago is still the login's. Whoever is changing it is waited for; whoever wants to waits
 * until this transaction ends, and then finds its session to end.
 */
async function isStillTheOne(tx: Tx, { credential }: Known): Promise<boolean> {
  return (await maybe(tx, sql`select id from identity.credential where id = ${credential} for share`)) !== undefined
}

async function findStaff(tx: Tx, practice: PracticeId, login: LoginId): Promise<{ id: StaffId } | undefined> {
  return maybe(
    tx,
    sql<{
      id: StaffId
    }>`select id from identity.staff where practice_id = ${practice} and login_id = ${login} and ended_at is null`,
  )
}

/** The person an invitation goes to. */
export async function findInvited(
  tx: Tx,
  practice: PracticeId,
  staff: string,
): Promise<{ login: LoginId; email: string; name: string } | undefined> {
  return maybe(
    tx,
    sql<{
      login: LoginId
      email: string
      name: string
    }>`select s.login_id as login, l.email, s.name from identity.staff s join identity.login l on l.id = s.login_id
      where s.practice_id = ${practice} and s.id = ${staff} and s.ended_at is null`,
  )
}

/** What these members of staff are called, also those who left. */
export function selectStaffNames(practice: PracticeId, staff: readonly string[]) {
  return sql<{
    id: StaffId
    name: string
  }>`select id, name from identity.staff where practice_id = ${practice} and id = any (${list(staff)})`
}
