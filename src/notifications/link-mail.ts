import type { RecordedEvent } from '../audit/events.ts'
import { endInvitations, findAsking, mintLink } from '../identity/links.ts'
import { findGrantee } from '../identity/logins.ts'
import { findInvited } from '../identity/staff.ts'
import { wholePractice } from '../kernel/actor.ts'
import type { PracticeId } from '../kernel/ids.ts'
import { paths } from '../kernel/paths.ts'
import type { App } from '../platform/app.ts'
import { transact } from '../platform/database.ts'
import { type Letter, letter, openDesk } from './letter.ts'

const INVITATION_MINUTES = 7 * 24 * 60

/** The access link somebody asked for; nothing for an address without a grant here. The token is minted now and stands in the mail alone. */
export async function writeLinkMail(app: App, practice: PracticeId, event: RecordedEvent): Promise<Letter[]> {
  return transact(app.db, wholePractice(practice), async tx => {
    const asking = await findAsking(tx, practice, event.subject)
    const grantee = asking && (await findGrantee(tx, practice, asking.email))
    if (!asking || !grantee) return []
    const desk = await openDesk(app, tx, practice)
    const destination = typeof event.data.destination === 'string' ? event.data.destination : null
    const { token } = await mintLink(tx, practice, { login: grantee.login, purpose: 'access', destination })
    const href = desk.url(paths.link(desk.practice.slug, token))
    return [
      letter(
        desk,
        { email: asking.email, locale: grantee.locale },
        { about: event.subject, kind: 'link', account: null },
        words => ({
          subject: words.t('mail.link.subject', { practice: desk.practice.name }),
          title: words.t('mail.link.title'),
          paragraphs: [words.t('mail.link.body')],
          button: { label: words.t('mail.link.button', { practice: desk.practice.name }), href },
          closing: [words.t('mail.link.ignore')],
        }),
      ),
    ]
  })
}

/** A staff member's invitation to choose a password; works for a week. */
export async function writeInvitation(app: App, practice: PracticeId, event: RecordedEvent): Promise<Letter[]> {
  return transact(app.db, wholePractice(practice), async tx => {
    const invited = await findInvited(tx, practice, event.subject)
    if (!invited) return []
    const desk = await openDesk(app, tx, practice)
    await endInvitations(tx, practice, invited.login)
    const { token } = await mintLink(tx, practice, {
      login: invited.login,
      purpose: 'invitation',
      destination: null,
      minutes: INVITATION_MINUTES,
    })
    const href = desk.url(paths.office.invitation(desk.practice.slug, token))
    return [
      letter(
        desk,
        { email: invited.email, locale: 'en' },
        { about: event.id, kind: 'invitation', account: null },
        words => ({
          subject: words.t('mail.invitation.subject', { practice: desk.practice.name }),
          title: words.t('mail.invitation.title', { practice: desk.practice.name }),
          paragraphs: [words.t('mail.invitation.body')],
          button: { label: words.t('mail.invitation.button'), href },
        }),
      ),
    ]
  })
}
