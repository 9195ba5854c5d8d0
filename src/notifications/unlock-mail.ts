import type { RecordedEvent } from '../audit/events.ts'
import { findAsking, mintLink } from '../identity/links.ts'
import { findStaffByEmail } from '../identity/staff.ts'
import { wholePractice } from '../kernel/actor.ts'
import type { PracticeId } from '../kernel/ids.ts'
import { paths } from '../kernel/paths.ts'
import type { App } from '../platform/app.ts'
import { transact } from '../platform/database.ts'
import { type Letter, letter, openDesk } from './letter.ts'

const UNLOCK_MINUTES = 60

/** The link that lets a member of staff in whose door is locked; nothing for an address that is nobody's of the staff. */
export async function writeUnlockMail(app: App, practice: PracticeId, event: RecordedEvent): Promise<Letter[]> {
  return transact(app.db, wholePractice(practice), async tx => {
    const asking = await findAsking(tx, practice, event.subject)
    const member = asking && (await findStaffByEmail(tx, practice, asking.email))
    if (!asking || !member) return []
    const desk = await openDesk(app, tx, practice)
    const { token } = await mintLink(tx, practice, {
      login: member.login,
      purpose: 'unlock',
      destination: null,
      minutes: UNLOCK_MINUTES,
    })
    return [
      letter(
        desk,
        { email: asking.email, locale: 'en' },
        { about: event.subject, kind: 'unlock', account: null },
        words => ({
          subject: words.t('mail.unlock.subject', { practice: desk.practice.name }),
          title: words.t('mail.unlock.title'),
          paragraphs: [words.t('mail.unlock.body'), words.t('mail.unlock.other')],
          button: {
            label: words.t('mail.unlock.button'),
            href: desk.url(paths.office.unlock(desk.practice.slug, token)),
          },
        }),
      ),
    ]
  })
}
