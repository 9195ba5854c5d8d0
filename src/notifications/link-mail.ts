import { hasHappenedSince } from '../audit/events.ts'
import { endInvitations, findAsking, mintLink } from '../identity/links.ts'
import { findGrantee } from '../identity/logins.ts'
import { findInvited } from '../identity/staff.ts'
import { paths } from '../kernel/paths.ts'
import { type LetterKind, letter } from './letter.ts'

const INVITATION_MINUTES = 7 * 24 * 60

/** The access link somebody asked for; nothing for an address without a grant here. The token is minted when it is sent and stands in the mail alone. */
export const linkLetter: LetterKind = {
  kind: 'link',
  async address(tx, practice, { subject }) {
    const asking = await findAsking(tx, practice, subject)
    const grantee = asking && (await findGrantee(tx, practice, asking.email))
    return asking && grantee ? [{ about: subject, recipient: asking.email, account: null }] : []
  },
  async write(_app, tx, sheet) {
    const { id: practice, slug, name } = sheet.practice
    const grantee = await findGrantee(tx, practice, sheet.recipient)
    if (!grantee) return undefined
    const { data } = sheet.event
    const destination = typeof data.destination === 'string' ? data.destination : null
    const { token } = await mintLink(tx, practice, { login: grantee.login, purpose: 'access', destination })
    return letter(sheet, grantee.locale, words => ({
      subject: words.t('mail.link.subject', { practice: name }),
      title: words.t('mail.link.title'),
      paragraphs: [words.t('mail.link.body')],
      button: {
        label: words.t('mail.link.button', { practice: name }),
        href: sheet.url(paths.link(slug, token)),
      },
      closing: [words.t('mail.link.ignore')],
    }))
  },
}

/** A staff member's invitation to choose a password; works for a week. Of several that wait, the newest alone is sent. */
export const invitationLetter: LetterKind = {
  kind: 'invitation',
  async address(tx, practice, { id, subject }) {
    const invited = await findInvited(tx, practice, subject)
    return invited ? [{ about: id, recipient: invited.email, account: null }] : []
  },
  async write(_app, tx, sheet) {
    const { id: practice, slug, name } = sheet.practice
    const invited = await findInvited(tx, practice, sheet.event.subject)
    if (!invited || (await hasHappenedSince(tx, practice, sheet.event))) return undefined
    await endInvitations(tx, practice, invited.login)
    const { token } = await mintLink(tx, practice, {
      login: invited.login,
      purpose: 'invitation',
      destination: null,
      minutes: INVITATION_MINUTES,
    })
    return letter(sheet, 'en', words => ({
      subject: words.t('mail.invitation.subject', { practice: name }),
      title: words.t('mail.invitation.title', { practice: name }),
      paragraphs: [words.t('mail.invitation.body')],
      button: {
        label: words.t('mail.invitation.button'),
        href: sheet.url(paths.office.invitation(slug, token)),
      },
    }))
  },
}
