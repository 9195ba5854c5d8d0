import { recordGrant, recordLogin } from '../src/identity/logins.ts'
import { setPassword } from '../src/identity/passwords.ts'
import { findPatientBySource } from '../src/identity/patients.ts'
import { inviteStaff } from '../src/identity/staff.ts'
import { system, wholePractice } from '../src/kernel/actor.ts'
import type { AccountId, PatientId, PracticeId } from '../src/kernel/ids.ts'
import type { OpenApp } from '../src/main/app.ts'
import { transact } from '../src/platform/database.ts'
import { createPractice, findBySlug } from '../src/practice/practices.ts'
import { setSettings } from '../src/practice/settings.ts'
import { connectProcessor } from '../src/processor/connections.ts'
import { PRACTICES, type PracticeName, type Role, STAFF, STAFF_PASSWORD } from './cast.ts'

/** What the demo's acts are done by, in the audit too. */
export const demo = (practice: PracticeId) => system(practice, 'demo')

/** Opens a demo practice with its settings, its processor account and its staff; safe to repeat. */
export async function openPractice(app: OpenApp, slug: PracticeName): Promise<PracticeId> {
  const { settings, ...facts } = PRACTICES[slug]
  const known = await findBySlug(app.db, slug)
  const { id } = known ?? (await createPractice(app, { ...facts, slug }, 'demo'))
  await setSettings(app, demo(id), settings)
  await connectProcessor(app, id, facts.name)
  for (const { email, name, role } of STAFF.filter(one => one.practice === slug)) {
    const { login } = await inviteStaff(app, demo(id), { email, name, role, announce: false })
    await setPassword(app, id, login, STAFF_PASSWORD)
  }
  return id
}

/** One person of the cast as they are recorded at a practice. */
export type Player = {
  readonly role: Role
  readonly patient: PatientId
  readonly account: AccountId
  readonly days: number
}

/** The patient who took over a record, with the household. */
export async function findPlayer(app: OpenApp, practice: PracticeId, source: string) {
  return transact(app.db, wholePractice(practice), tx => findPatientBySource(tx, practice, source))
}

/** Lets those with an address of mail sign in, for themselves and for the children of their household; safe to repeat. */
export async function grantAccess(app: OpenApp, practice: PracticeId, players: readonly Player[]): Promise<void> {
  for (const { role, patient, account } of players.filter(one => one.role.email !== null)) {
    const { email, givenName, familyName, locale } = role
    await transact(app.db, wholePractice(practice), async tx => {
      const login = await recordLogin(tx, {
        email: email ?? '',
        name: `${givenName} ${familyName}`,
        ...(locale ? { locale } : {}),
      })
      await recordGrant(tx, practice, { login, account, patient, kind: 'self', scope: 'record' })
      for (const child of players.filter(one => one.role.household === role.record))
        await recordGrant(tx, practice, { login, account, patient: child.patient, kind: 'guardian', scope: 'record' })
    })
  }
}
