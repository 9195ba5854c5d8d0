import { billLetter } from './bill-mail.ts'
import { codeLetter } from './code-mail.ts'
import type { LetterKind } from './letter.ts'
import { invitationLetter, linkLetter } from './link-mail.ts'
import type { MessageKind } from './messages.ts'
import { declinedLetter, receiptLetter, refundLetter } from './payment-mails.ts'
import { unlockLetter } from './unlock-mail.ts'

/** How each kind of letter is written. */
export const letters: Readonly<Record<MessageKind, LetterKind>> = {
  link: linkLetter,
  code: codeLetter,
  invitation: invitationLetter,
  unlock: unlockLetter,
  bill: billLetter,
  receipt: receiptLetter,
  declined: declinedLetter,
  refund: refundLetter,
}
