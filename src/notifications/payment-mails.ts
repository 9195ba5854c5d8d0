import { declineSentence, paidWith } from '../design/paid-with.ts'
import { readPaymentStory } from '../documents/payment-story.ts'
import type { Recipient } from '../identity/logins.ts'
import { dayIn } from '../kernel/dates.ts'
import { isId, type PracticeId } from '../kernel/ids.ts'
import { paths } from '../kernel/paths.ts'
import { getOwedSums } from '../payments/owed-sums.ts'
import { findPayment, type Payment } from '../payments/payments.ts'
import type { Tx } from '../platform/database.ts'
import { findRefund, type Refund } from '../returns/refunds.ts'
import { addressHousehold, type Content, findReader, type LetterKind, letter, type Sheet } from './letter.ts'

/** The receipt of a payment, to everyone who may pay for the household. */
export const receiptLetter = aboutPayment('receipt', findPaid, async (tx, sheet, { payment }, { patients }) => {
  const { practice } = sheet
  const { parts, planned, toCredit, owed } = await readPaymentStory(tx, practice.id, payment, { patients })
  return words => ({
    subject: words.t('mail.receipt.subject', { practice: practice.name }),
    title: words.t('mail.receipt.title', { amount: payment.amount }),
    paragraphs: [
      words.t('mail.receipt.body', {
        day: dayIn(practice.timeZone, payment.receivedAt ?? payment.createdAt),
        method: paidWith(words, payment),
      }),
      ...(planned ? [words.t('mail.receipt.posting', { practice: practice.name })] : []),
      owed.total > 0n ? words.t('mail.receipt.left', { amount: owed.total }) : words.t('mail.receipt.none'),
    ],
    facts: [
      ...parts.map(({ number, cents }) => ({ name: number, value: words.money(cents) })),
      ...(toCredit > 0n
        ? [
            {
              name: words.t(planned ? 'payment.where.credit.will' : 'payment.where.credit'),
              value: words.money(toCredit),
            },
          ]
        : []),
    ],
    button: { label: words.t('mail.receipt.button'), href: sheet.url(paths.payment(practice.slug, payment.id)) },
  })
})

/** A payment that the bank declined: nothing was charged. */
export const declinedLetter = aboutPayment('declined', findPaid, async (_tx, sheet, { payment }) => words => ({
  subject: words.t('mail.declined.subject', { practice: sheet.practice.name }),
  title: words.t('mail.declined.title', { amount: payment.amount }),
  paragraphs: [words.t('mail.declined.body'), declineSentence(words, payment.failureCode)],
  button: { label: words.t('mail.declined.button'), href: sheet.url(paths.newPayment(sheet.practice.slug)) },
}))

/** Money sent back. */
export const refundLetter = aboutPayment(
  'refund',
  findRefunded,
  async (tx, sheet, { payment, refund }, { patients }) => {
    const { practice } = sheet
    const owed = refund.reopens ? (await getOwedSums(tx, practice.id, payment.account, { patients })).total : 0n
    return words => ({
      subject: words.t('mail.refund.subject', { practice: practice.name }),
      title: words.t('mail.refund.title', { amount: refund.amount }),
      paragraphs: [
        payment.methodKind === 'card'
          ? words.t('mail.refund.body', { method: paidWith(words, payment) })
          : words.t('mail.refund.desk', { practice: practice.name }),
        ...(owed > 0n ? [words.t('mail.refund.owed', { amount: owed })] : []),
      ],
      button: { label: words.t('mail.refund.button'), href: sheet.url(paths.payment(practice.slug, payment.id)) },
    })
  },
)

async function findPaid(tx: Tx, practice: PracticeId, id: string): Promise<{ payment: Payment } | undefined> {
  const payment = isId('pay', id) ? await findPayment(tx, practice, id) : undefined
  return payment && { payment }
}

async function findRefunded(
  tx: Tx,
  practice: PracticeId,
  id: string,
): Promise<{ payment: Payment; refund: Refund } | undefined> {
  const refund = isId('rfd', id) ? await findRefund(tx, practice, id) : undefined
  const payment = refund && (await findPayment(tx, practice, refund.payment))
  return payment && { payment, refund }
}

/** A letter to a household about what an event names: a payment, or what became of one. */
function aboutPayment<Told extends { payment: Payment }>(
  kind: LetterKind['kind'],
  find: (tx: Tx, practice: PracticeId, subject: string) => Promise<Told | undefined>,
  write: (tx: Tx, sheet: Sheet, told: Told, reader: Recipient) => Promise<Content>,
): LetterKind {
  return {
    kind,
    async address(tx, practice, { subject }) {
      const told = await find(tx, practice, subject)
      return told ? addressHousehold(tx, practice, told.payment, subject) : []
    },
    async write(_app, tx, sheet) {
      const told = await find(tx, sheet.practice.id, sheet.event.subject)
      const reader = told && (await findReader(tx, sheet, told.payment.account))
      return told && reader && letter(sheet, reader.locale, await write(tx, sheet, told, reader))
    },
  }
}
