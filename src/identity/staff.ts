import { sql } from 'kysely'
import { recordEvent } from '../audit/events.ts'
import { type Actor, type StaffRole, system, wholePractice } from '../kernel/actor.ts'
import { type LoginId, newId, type PracticeId, type StaffId } from '../kernel/ids.ts'
import { Refusal } from '../kernel/refusal.ts'
import { list, maybe, one, type Tx, transact } from '../platform/database.ts'
import { inHashingTurn } from './hashing.ts'
import { endInvitations, findLink, takeToken } from './links.ts'
import { recordLogin } from './logins.ts'
import { hashOf, writePassword } from './passwords.ts'
import { type IdentityApp, startSession } from './sessions.ts'

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
    const found = await findStaffByEmail(tx, practice, email)
    if (!found) throw new Refusal('absent', 'absent')
    await endInvitations(tx, practice, found.login)
    await recordEvent(app, tx, actor, { type: 'staff.invited', subject: found.staff })
    return { staff: found.staff }
  })
}

/**
 * Spends an invitation and sets the password its holder chose; refuses `password.short` (under ten characters), `signIn.busy` and
 * `link.gone`, also for somebody who is no longer staff. Records staff.joined.
 */
export async function acceptInvitation(
  app: IdentityApp,
  practice: PracticeId,
  token: string,
  password: string,
): Promise<string> {
  if (password.length < 10 || password.length > 128) throw new Refusal('invalid', 'password.short', {}, 'password')
  const open = await transact(app.db, wholePractice(practice), tx => findLink(tx, practice, token, 'invitation'))
  if (open?.state !== 'open') throw new Refusal('invalid', 'link.gone')
  const hash = await inHashingTurn(() => hashOf(app, password))
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

/** The member of staff whom a login is here now. */
export async function findStaff(tx: Tx, practice: PracticeId, login: LoginId): Promise<{ id: StaffId } | undefined> {
  return maybe(
    tx,
    sql<{
      id: StaffId
    }>`select id from identity.staff where practice_id = ${practice} and login_id = ${login} and ended_at is null`,
  )
}

/** The member of staff here with this address, now. */
export async function findStaffByEmail(
  tx: Tx,
  practice: PracticeId,
  email: string,
): Promise<{ staff: StaffId; login: LoginId } | undefined> {
  return maybe(
    tx,
    sql<{ staff: StaffId; login: LoginId }>`select s.id as staff, s.login_id as login
      from identity.staff s join identity.login l on l.id = s.login_id
      where s.practice_id = ${practice} and l.email = ${email} and s.ended_at is null`,
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
