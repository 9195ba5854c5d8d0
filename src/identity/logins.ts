import { sql } from 'kysely'
import { wholePractice } from '../kernel/actor.ts'
import { type AccountId, type LoginId, newId, type PatientId, type PracticeId } from '../kernel/ids.ts'
import type { Locale } from '../kernel/locale.ts'
import type { App } from '../platform/app.ts'
import { list, maybe, one, rows, type Tx, transact } from '../platform/database.ts'

/** Makes a login for an email address, or finds it: one per email per installation. */
export async function recordLogin(tx: Tx, facts: { email: string; name: string; locale?: Locale }): Promise<LoginId> {
  const { id } = await one(
    tx,
    sql<{
      id: LoginId
    }>`insert into identity.login (id, name, email, email_verified, locale) values (${newId('usr')}, ${facts.name}, ${facts.email}, true, ${facts.locale ?? null})
      on conflict (email) do update set updated_at = now() returning id`,
  )
  return id
}

/** Lets a login see and pay for a patient of a household; safe to repeat. */
export async function recordGrant(
  tx: Tx,
  practice: PracticeId,
  grant: {
    login: LoginId
    account: AccountId
    patient: PatientId
    kind: 'self' | 'guardian' | 'proxy' | 'billing-only'
    scope: 'billing' | 'record'
  },
): Promise<void> {
  await sql`insert into identity.access_grant (practice_id, id, login_id, account_id, patient_id, kind, scope)
    values (${practice}, ${newId('grt')}, ${grant.login}, ${grant.account}, ${grant.patient}, ${grant.kind}, ${grant.scope})
    on conflict (practice_id, login_id, patient_id) do nothing`.execute(tx)
}

/** The login of an email address that holds a grant at this practice now. */
export async function findGrantee(
  tx: Tx,
  practice: PracticeId,
  email: string,
): Promise<{ login: LoginId; name: string; locale: Locale | null } | undefined> {
  return maybe(
    tx,
    sql<{
      login: LoginId
      name: string
      locale: Locale | null
    }>`select l.id as login, l.name, l.locale from identity.login l where l.email = ${email}
      and exists (select from identity.access_grant g where g.practice_id = ${practice} and g.login_id = l.id and (g.ends_at is null or g.ends_at > now()))`,
  )
}

/** The patients of a household whose bills this person may see and pay, or once might. */
export async function listPatientsOf(
  tx: Tx,
  practice: PracticeId,
  login: LoginId,
  account: AccountId,
): Promise<PatientId[]> {
  const found = await rows(
    tx,
    sql<{ patient: PatientId }>`select patient_id as patient from identity.access_grant
      where practice_id = ${practice} and login_id = ${login} and account_id = ${account} order by patient_id`,
  )
  return found.map(each => each.patient)
}

/** Somebody a household's mails go to, with the patients whose bills they may see. */
export type Recipient = {
  readonly login: LoginId
  readonly email: string
  readonly name: string
  readonly locale: Locale | null
  readonly patients: readonly PatientId[]
}

/** The people a household's mails go to: those whose grants hold the account. */
export function selectRecipients(practice: PracticeId, account: AccountId) {
  return sql<Recipient>`select l.id as login, l.email, l.name, l.locale, g.patients from identity.login l
    join (select login_id, array_agg(patient_id order by patient_id) as patients from identity.access_grant
      where practice_id = ${practice} and account_id = ${account} and (ends_at is null or ends_at > now()) group by login_id) g on g.login_id = l.id
    order by l.id`
}

/** Changes the language a person reads; the person themselves may. */
export async function chooseLocale(app: App, practice: PracticeId, login: LoginId, locale: Locale): Promise<void> {
  await transact(app.db, wholePractice(practice), tx =>
    sql`update identity.login set locale = ${locale}, updated_at = now() where id = ${login}`.execute(tx),
  )
}

/** What these people are called. */
export function selectLoginNames(logins: readonly string[]) {
  return sql<{ id: LoginId; name: string }>`select id, name from identity.login where id = any (${list(logins)})`
}
