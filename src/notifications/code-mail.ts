import { findCodeAsking, mintCode } from '../identity/codes.ts'
import { type LetterKind, letter } from './letter.ts'

/** The six digits somebody asked for; minted when they are sent, in the mail alone. */
export const codeLetter: LetterKind = {
  kind: 'code',
  async address(tx, practice, { subject }) {
    const asking = await findCodeAsking(tx, practice, subject)
    return asking ? [{ about: subject, recipient: asking.email, account: null }] : []
  },
  async write(app, tx, sheet) {
    const minted = await mintCode(app, tx, sheet.practice.id, sheet.event.subject)
    if (!minted) return undefined
    const { code } = minted
    return letter(sheet, minted.locale, words => ({
      subject: words.t('mail.code.subject', { code, practice: sheet.practice.name }),
      title: words.t('mail.code.title'),
      code,
      paragraphs: [words.t('mail.code.body')],
    }))
  },
}
