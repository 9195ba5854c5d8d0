import { countAlone, recordPassing } from '../audit/doors.ts'
import { recordEvent } from '../audit/events.ts'
import { system, wholePractice } from '../kernel/actor.ts'
import type { PracticeId } from '../kernel/ids.ts'
import { Refusal } from '../kernel/refusal.ts'
import { type Tx, transact } from '../platform/database.ts'
import type { Asker } from './askers.ts'
import { inHashingTurn } from './hashing.ts'
import { endUnlocks, findUnlock, recordAsking } from './links.ts'
import { checkPassword, isStillTheOne, type Known } from './passwords.ts'
import { type IdentityApp, startSession } from './sessions.ts'
import {
  forgetGuesses,
  forgetOwnGuesses,
  type Guess,
  mayGuess,
  mayGuessByLink,
  mayMailUnlock,
} from './sign-in-limits.ts'
import { findStaff } from './staff.ts'

/**
 * Signs staff in by password; answers the session's cookie. Refuses `signIn.busy` where too many are at it in this moment; `signIn.limited`
 * after too many wrong guesses (`sign-in-limits.ts`), whatever the password, and mails a link that unlocks the door to whom it concerns;
 * `signIn.wrong`, the same for an unknown address. What is refused unseen counts as no guess. Records staff.signed-in.
 */
export async function signInStaff(
  app: IdentityApp,
  practice: PracticeId,
  { email, password, asker }: { email: string; password: string; asker: Asker },
): Promise<string> {
  const guess = { practice, email, asker }
  return inHashingTurn(async () => {
    if (!(await mayGuess(app, guess))) return refuse(app, guess)
    const known = await checkPassword(app, email, password)
    const cookie = await open(app, guess, known)
    await forgetGuesses(app, guess)
    return cookie
  })
}

/**
 * Signs a member of staff in whose door is locked, by the link that was mailed to them and their password; ten guesses a link, whoever
 * guesses at the door meanwhile. Refuses `link.gone`, `signIn.wrong` and `signIn.busy`. Records staff.signed-in.
 */
export async function signInByUnlock(
  app: IdentityApp,
  practice: PracticeId,
  { token, password, asker }: { token: string; password: string; asker: Asker },
): Promise<string> {
  return inHashingTurn(async () => {
    const link = await transact(app.db, wholePractice(practice), tx => findUnlock(tx, practice, token))
    if (!link || !(await mayGuessByLink(app, link.id))) throw new Refusal('invalid', 'link.gone')
    const { email } = link
    const guess = { practice, email, asker }
    const known = await checkPassword(app, email, password)
    const cookie = await open(app, guess, known, tx => endUnlocks(tx, practice, link.login))
    await forgetOwnGuesses(app, guess)
    return cookie
  })
}

/** The door opens to whom the password is right for and who is staff here; what else it changes is done in the same transaction. */
async function open(
  app: IdentityApp,
  { practice }: Guess,
  known: Known | undefined,
  alongside: (tx: Tx) => Promise<void> = async () => undefined,
): Promise<string> {
  const staff = known && (await transact(app.db, wholePractice(practice), tx => findStaff(tx, practice, known.login)))
  if (!known || !staff) {
    await countAlone(app, practice, 'sign-in.wrong')
    throw new Refusal('invalid', 'signIn.wrong')
  }
  return transact(app.db, wholePractice(practice), async tx => {
    await recordEvent(app, tx, system(practice, 'door'), { type: 'staff.signed-in', subject: staff.id })
    await alongside(tx)
    if (!(await isStillTheOne(tx, known))) throw new Refusal('invalid', 'signIn.wrong')
    return startSession(app, known.login, 'password')
  })
}

/** The same work, and the same answer, whether the address is one of the staff or not. */
async function refuse(app: IdentityApp, guess: Guess): Promise<never> {
  const { practice, email } = guess
  const mails = await mayMailUnlock(app, guess)
  await countAlone(app, practice, 'sign-in.refused')
  if (mails)
    await transact(app.db, wholePractice(practice), async tx => {
      const subject = await recordAsking(tx, practice, { email, purpose: 'unlock' })
      await recordPassing(app, tx, practice, { type: 'staff.locked', subject })
    })
  throw new Refusal('limited', 'signIn.limited')
}
