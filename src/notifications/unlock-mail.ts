import { findAsking, mintLink } from '../identity/links.ts'
import { findStaffByEmail } from '../identity/staff.ts'
import { paths } from '../kernel/paths.ts'
import { type LetterKind, letter } from './letter.ts'

const UNLOCK_MINUTES = 60

/** The link that lets a member of staff in whose door is locked; nothing for an address that is nobody's of the staff. */
export const unlockLetter: LetterKind = {
  kind: 'unlock',
  async address(tx, practice, { subject }) {
    const asking = await findAsking(tx, practice, subject)
    const member = asking && (await findStaffByEmail(tx, practice, asking.email))
    return asking && member ? [{ about: subject, recipient: asking.email, account: null }] : []
  },
  async write(_app, tx, sheet) {
    const { id: practice, slug, name } = sheet.practice
    const member = await findStaffByEmail(tx, practice, sheet.recipient)
    if (!member) return undefined
    const { token } = await mintLink(tx, practice, {
      login: member.login,
      purpose: 'unlock',
      destination: null,
      minutes: UNLOCK_MINUTES,
    })
    return letter(sheet, 'en', words => ({
      subject: words.t('mail.unlock.subject', { practice: name }),
      title: words.t('mail.unlock.title'),
      paragraphs: [words.t('mail.unlock.body'), words.t('mail.unlock.other')],
      button: { label: words.t('mail.unlock.button'), href: sheet.url(paths.office.unlock(slug, token)) },
    }))
  },
}
