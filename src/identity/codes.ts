import { createHmac, randomInt } from 'node:crypto'
import { sql } from 'kysely'
import { recordEvent } from '../audit/events.ts'
import { type PatientActor, wholePractice } from '../kernel/actor.ts'
import { newId, type PracticeId } from '../kernel/ids.ts'
import type { Locale } from '../kernel/locale.ts'
import { Refusal } from '../kernel/refusal.ts'
import type { App } from '../platform/app.ts'
import { ownSecret } from '../platform/config.ts'
import { maybe, type Tx, transact } from '../platform/database.ts'
import { useAllowances } from './allowances.ts'
import { stepUp } from './sessions.ts'

const CODE_MINUTES = 10
const GUESSES = 5
const ASKINGS = { most: 5, minutes: 60 }

/** Asks for a code by mail: the second step, until a person has another; five times an hour and login. A job mints and mails it. Refuses `code.limited`. Records code.asked. */
export async function askCode(app: App, actor: PatientActor): Promise<void> {
  const mayAsk = await useAllowances(app, [{ key: `code ${actor.login}`, ...ASKINGS }])
  if (!mayAsk) throw new Refusal('limited', 'code.limited')
  await transact(app.db, wholePractice(actor.practice), async tx => {
    const id = newId('lnk')
    // The row stands for the code before it is minted.
    await sql`insert into identity.link (practice_id, id, token_hash, purpose, login_id, session_id, expires_at)
      values (${actor.practice}, ${id}, ${Buffer.from(id)}, 'step', ${actor.login}, ${actor.session}, now() + make_interval(mins => ${CODE_MINUTES}))`.execute(
      tx,
    )
    await recordEvent(app, tx, actor, { type: 'code.asked', subject: id })
  })
}

/** Whether a session has asked for a code that could still be typed. */
export async function hasOpenCode(tx: Tx, actor: PatientActor): Promise<boolean> {
  const found = await maybe(
    tx,
    sql`select id from identity.link where practice_id = ${actor.practice} and id = ${newestOpen(actor)} and attempts < ${GUESSES}`,
  )
  return found !== undefined
}

/** The asking whose code counts: of several that are open, the newest alone. */
function newestOpen({ practice, login, session }: PatientActor) {
  return sql`(select id from identity.link where practice_id = ${practice} and login_id = ${login} and purpose = 'step'
    and session_id = ${session} and spent_at is null and expires_at > now() order by minted_at desc, id desc limit 1)`
}

/** The address that a code goes to. */
export async function findCodeAsking(tx: Tx, practice: PracticeId, id: string): Promise<{ email: string } | undefined> {
  return maybe(
    tx,
    sql<{ email: string }>`select l.email from identity.link k join identity.login l on l.id = k.login_id
      where k.practice_id = ${practice} and k.id = ${id} and k.purpose = 'step'`,
  )
}

/** Makes the code of an asking and keeps its hash alone; answers the code and how its reader reads, or nothing when it was used or is too old. A job that comes back mints a new one. */
export async function mintCode(
  app: App,
  tx: Tx,
  practice: PracticeId,
  id: string,
): Promise<{ code: string; locale: Locale | null } | undefined> {
  const code = String(randomInt(1_000_000)).padStart(6, '0')
  return maybe(
    tx,
    sql<{
      code: string
      locale: Locale | null
    }>`update identity.link k set token_hash = ${hashOf(app, id, code)} from identity.login l
      where k.practice_id = ${practice} and k.id = ${id} and k.purpose = 'step' and k.spent_at is null and k.attempts = 0 and l.id = k.login_id and k.expires_at > now()
      returning ${code}::text as code, l.locale`,
  )
}

/** Takes a code: it is spent and its session has made the second step for half an hour, both or neither. Five guesses an asking, whoever guesses. Refuses `code.wrong`. Records session.stepped-up. */
export async function takeCode(app: App, actor: PatientActor, typed: string): Promise<void> {
  const code = typed.replace(/\s/g, '')
  const right = await transact(app.db, wholePractice(actor.practice), async tx => {
    const asked = await maybe(
      tx,
      sql<{
        id: string
        hash: Buffer
      }>`update identity.link set attempts = attempts + 1 where practice_id = ${actor.practice} and id = ${newestOpen(actor)} and attempts < ${GUESSES}
        returning id, token_hash as hash`,
    )
    if (!asked?.hash.equals(hashOf(app, asked.id, code)) || !(await stepUp(tx, actor.session))) return false
    await sql`update identity.link set spent_at = now() where practice_id = ${actor.practice} and id = ${asked.id}`.execute(
      tx,
    )
    await recordEvent(app, tx, actor, { type: 'session.stepped-up', subject: actor.session })
    return true
  })
  if (!right) throw new Refusal('invalid', 'code.wrong', {}, 'code')
}

function hashOf(app: App, id: string, code: string): Buffer {
  return createHmac('sha256', ownSecret(app.config, 'sessions')).update(`${id} ${code}`).digest()
}
