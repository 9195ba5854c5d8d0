import type { RecordedEvent } from '../audit/events.ts'
import { mintCode } from '../identity/codes.ts'
import { wholePractice } from '../kernel/actor.ts'
import type { PracticeId } from '../kernel/ids.ts'
import type { App } from '../platform/app.ts'
import { transact } from '../platform/database.ts'
import { type Letter, letter, openDesk } from './letter.ts'

/** The six digits somebody asked for; minted now, in the mail alone. */
export async function writeCodeMail(app: App, practice: PracticeId, event: RecordedEvent): Promise<Letter[]> {
  return transact(app.db, wholePractice(practice), async tx => {
    const minted = await mintCode(app, tx, practice, event.subject)
    if (!minted) return []
    const desk = await openDesk(app, tx, practice)
    const { code } = minted
    return [
      letter(desk, minted, { about: event.subject, kind: 'code', account: null }, words => ({
        subject: words.t('mail.code.subject', { code, practice: desk.practice.name }),
        title: words.t('mail.code.title'),
        code,
        paragraphs: [words.t('mail.code.body')],
      })),
    ]
  })
}
