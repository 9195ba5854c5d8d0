import { createHash, randomBytes } from 'node:crypto'
import { sql } from 'kysely'
import { countAlone, recordPassing } from '../audit/doors.ts'
import { recordEvent } from '../audit/events.ts'
import { type SystemActor, system, wholePractice } from '../kernel/actor.ts'
import { type Id, type LinkId, type LoginId, newId, type PracticeId } from '../kernel/ids.ts'
import { Refusal } from '../kernel/refusal.ts'
import type { App } from '../platform/app.ts'
import { maybe, one, type Tx, transact, write } from '../platform/database.ts'
import type { Asker } from './askers.ts'
import { mayMailLink } from './link-limits.ts'
import { findGrantee } from './logins.ts'
import { type IdentityApp, startSession } from './sessions.ts'

/** How long a link opens. */
const LINK_MINUTES = 10

export type Link = {
  readonly id: LinkId
  readonly login: LoginId
  readonly destination: string | null
  readonly state: 'open' | 'spent' | 'expired'
  readonly purpose: Purpose
}

/** What a link opens: the portal, a new member's office, or an office's door that is locked. */
export type Purpose = 'access' | 'invitation' | 'unlock'

/**
 * Notes that an address asks for a link; anyone may. The same work and the same answer for a known and an unknown address, also when
 * no link is mailed because there were too many (`link-limits.ts`). The mail is made by a job, which mints the token. Whoever calls has
 * read the address (`readEmail`). Passes link.asked on.
 */
export async function askLink(
  app: App,
  practice: PracticeId,
  { email, destination, asker }: { email: string; destination?: string | undefined; asker: Asker },
): Promise<void> {
  if (!(await mayMailLink(app, { practice, email, asker }))) return countAlone(app, practice, 'link.refused')
  await transact(app.db, wholePractice(practice), async tx => {
    const subject = await recordAsking(tx, practice, { email, purpose: 'access' })
    await recordPassing(app, tx, practice, { type: 'link.asked', subject, data: destination ? { destination } : {} })
  })
}

/** Keeps the address for the job that mails to it: events carry ids alone. */
export async function recordAsking(
  tx: Tx,
  practice: PracticeId,
  { email, purpose }: { email: string; purpose: 'access' | 'unlock' },
): Promise<Id<'lrq'>> {
  const id: Id<'lrq'> = newId('lrq')
  await write(
    tx,
    sql`insert into identity.link_request (practice_id, id, email, purpose) values (${practice}, ${id}, ${email}, ${purpose})`,
  )
  return id
}

/** The address of one asking, for the job that mails. */
export async function findAsking(tx: Tx, practice: PracticeId, id: string): Promise<{ email: string } | undefined> {
  return maybe(
    tx,
    sql<{ email: string }>`select email from identity.link_request where practice_id = ${practice} and id = ${id}`,
  )
}

/** Makes a token for one purpose and keeps only its hash; answers the token, which only the mail carries. */
export async function mintLink(
  tx: Tx,
  practice: PracticeId,
  link: { login: LoginId; purpose: Purpose; destination: string | null; minutes?: number },
): Promise<{ token: string; expiresAt: Temporal.Instant }> {
  const token = randomBytes(32).toString('base64url')
  const { expiresAt } = await one(
    tx,
    sql<{
      expiresAt: Temporal.Instant
    }>`insert into identity.link (practice_id, id, token_hash, purpose, login_id, destination, expires_at)
      values (${practice}, ${newId('lnk')}, ${hashOf(token)}, ${link.purpose}, ${link.login}, ${link.destination}, now() + make_interval(mins => ${link.minutes ?? LINK_MINUTES}))
      returning expires_at as "expiresAt"`,
  )
  return { token, expiresAt }
}

/** Ends every open invitation of a login here: of several mails only the newest one's link may open anything, and none once it was used. */
export async function endInvitations(tx: Tx, practice: PracticeId, login: LoginId): Promise<void> {
  await endLinks(tx, practice, login, 'invitation')
}

async function endLinks(tx: Tx, practice: PracticeId, login: LoginId, purpose: Purpose): Promise<void> {
  await sql`update identity.link set spent_at = now() where practice_id = ${practice} and login_id = ${login} and purpose = ${purpose} and spent_at is null`.execute(
    tx,
  )
}

/** A fresh access link for an address that has access here, outside the mails: for the command line, not in production. Refuses `absent`. Records link.made. */
export async function makeLink(
  app: App,
  actor: SystemActor,
  email: string,
): Promise<{ token: string; expiresAt: Temporal.Instant }> {
  return transact(app.db, wholePractice(actor.practice), async tx => {
    const grantee = await findGrantee(tx, actor.practice, email)
    if (!grantee) throw new Refusal('absent', 'absent')
    const link = await mintLink(tx, actor.practice, { login: grantee.login, purpose: 'access', destination: null })
    await recordEvent(app, tx, actor, { type: 'link.made', subject: grantee.login })
    return link
  })
}

/** Looks at a link without spending it: a GET, a scanner, a prefetch change nothing. */
export async function findLink(
  tx: Tx,
  practice: PracticeId,
  token: string,
  purpose: Purpose,
): Promise<Link | undefined> {
  return maybe(
    tx,
    sql<Link>`select id, login_id as login, destination, purpose,
      case when spent_at is not null then 'spent' when expires_at <= now() then 'expired' else 'open' end as state
      from identity.link where practice_id = ${practice} and purpose = ${purpose} and token_hash = ${hashOf(token)}`,
  )
}

/** Spends an access link, once, and starts a session; whoever holds it may. Refuses `link.gone` (used, too old or unknown). Records link.spent. */
export async function spendLink(
  app: IdentityApp,
  practice: PracticeId,
  token: string,
): Promise<{ cookie: string; destination: string | null }> {
  const spent = await transact(app.db, wholePractice(practice), async tx => {
    const link = await takeToken(tx, practice, token, 'access')
    if (!link) throw new Refusal('invalid', 'link.gone')
    await recordEvent(app, tx, system(practice, 'door'), {
      type: 'link.spent',
      subject: link.id,
      data: { login: link.login },
    })
    return link
  })
  return { cookie: await startSession(app, spent.login, 'link'), destination: spent.destination }
}

/** The one UPDATE … RETURNING that spends a token of a purpose. */
export async function takeToken(
  tx: Tx,
  practice: PracticeId,
  token: string,
  purpose: Purpose,
): Promise<{ id: LinkId; login: LoginId; destination: string | null } | undefined> {
  return maybe(
    tx,
    sql<{ id: LinkId; login: LoginId; destination: string | null }>`update identity.link set spent_at = now()
      where practice_id = ${practice} and purpose = ${purpose} and token_hash = ${hashOf(token)} and spent_at is null and expires_at > now()
      returning id, login_id as login, destination`,
  )
}

/** Whose an open link is that unlocks an office's door; it is spent by the right password alone. */
export async function findUnlock(
  tx: Tx,
  practice: PracticeId,
  token: string,
): Promise<{ id: LinkId; login: LoginId; email: string } | undefined> {
  return maybe(
    tx,
    sql<{ id: LinkId; login: LoginId; email: string }>`select k.id, k.login_id as login, l.email
      from identity.link k join identity.login l on l.id = k.login_id
      where k.practice_id = ${practice} and k.purpose = 'unlock' and k.token_hash = ${hashOf(token)} and k.spent_at is null and k.expires_at > now()`,
  )
}

/** Ends every open link that unlocks a door for this login here. */
export async function endUnlocks(tx: Tx, practice: PracticeId, login: LoginId): Promise<void> {
  await endLinks(tx, practice, login, 'unlock')
}

/** A link that is too old, or was used, mails a new one to the same address and keeps where it leads; counted as an asking. */
export async function askLinkAgain(app: App, practice: PracticeId, token: string, asker: Asker): Promise<void> {
  const found = await transact(app.db, wholePractice(practice), tx =>
    maybe(
      tx,
      sql<{
        email: string
        destination: string | null
      }>`select l.email, k.destination from identity.link k join identity.login l on l.id = k.login_id
        where k.practice_id = ${practice} and k.purpose = 'access' and k.token_hash = ${hashOf(token)}`,
    ),
  )
  if (found) await askLink(app, practice, { email: found.email, destination: found.destination ?? undefined, asker })
}

function hashOf(token: string): Buffer {
  return createHash('sha256').update(token).digest()
}
