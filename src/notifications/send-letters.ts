import { findEvent } from '../audit/events.ts'
import { wholePractice } from '../kernel/actor.ts'
import type { PracticeId } from '../kernel/ids.ts'
import { assert } from '../kernel/refusal.ts'
import type { App } from '../platform/app.ts'
import { transact } from '../platform/database.ts'
import { mailTroubleOf } from '../platform/mail.ts'
import { openSheet } from './letter.ts'
import { letters } from './letters.ts'
import { type Due, endMessage, giveUpMessage, leaseMessage, putOffMessage, type Reason, TRIES } from './messages.ts'

/** A mail server that hangs holds each of them. */
const LANES = 4

/**
 * Sends a practice's letters that are due, several at once and each on its own: one that cannot be sent waits, ever longer, and is
 * given up after the last try with its reason. Several workers share them.
 */
export async function sendLetters(
  app: App,
  practice: PracticeId,
  { isWanted = () => true }: { isWanted?: () => boolean } = {},
): Promise<void> {
  const lane = async () => {
    while (isWanted()) {
      const due = await transact(app.db, wholePractice(practice), tx => leaseMessage(tx, practice))
      if (!due) return
      await sendLetter(app, practice, due)
    }
  }
  await Promise.all(Array.from({ length: LANES }, lane))
}

/**
 * No network inside a transaction: the letter is written, sent, then noted as sent. A process that dies in between sends it again
 * when its lease is over, under the same Message-ID: SMTP knows no more.
 */
async function sendLetter(app: App, practice: PracticeId, due: Due): Promise<void> {
  const trouble = due.tries > TRIES ? 'died' : await trySending(app, practice, due)
  await transact(app.db, wholePractice(practice), async tx => {
    if (trouble === undefined || trouble === 'dropped') await endMessage(tx, practice, due, trouble ?? 'sent')
    else if (due.tries < TRIES) await putOffMessage(tx, practice, due, trouble)
    else await giveUpMessage(tx, practice, due, trouble)
  })
  if (due.tries >= TRIES && trouble !== undefined && trouble !== 'dropped')
    app.log.error(`a letter was given up after ${TRIES} tries: ${trouble}`, { practice, letter: due.id })
}

/** Why a letter was not sent, if it was not. */
async function trySending(app: App, practice: PracticeId, due: Due): Promise<Reason | 'dropped' | undefined> {
  try {
    const mail = await write(app, practice, due)
    if (!mail) return 'dropped'
    await app.mailer.send({ id: due.id, to: due.recipient, from: app.config.mailFrom, ...mail })
    app.failpoint('outbox.sent')
    return undefined
  } catch (error) {
    app.log.error('a letter could not be sent; it is tried again', { practice, letter: due.id, error })
    return mailTroubleOf(error)
  }
}

async function write(app: App, practice: PracticeId, { kind, event: id, recipient }: Due) {
  return transact(app.db, wholePractice(practice), async tx => {
    const event = await findEvent(tx, practice, id)
    assert(event, 'a letter tells of an event')
    return letters[kind].write(app, tx, await openSheet(app, tx, { practice, event, recipient }))
  })
}
