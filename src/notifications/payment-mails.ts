import type { RecordedEvent } from '../audit/events.ts'
import { selectPaymentAllocations } from '../billing/allocations.ts'
import { declineSentence, paidWith } from '../design/paid-with.ts'
import { wholePractice } from '../kernel/actor.ts'
import { dayIn } from '../kernel/dates.ts'
import { isId, type PracticeId } from '../kernel/ids.ts'
import { sumCents } from '../kernel/money.ts'
import { paths } from '../kernel/paths.ts'
import { getOwed } from '../payments/owed.ts'
import { findPayment, type Payment } from '../payments/payments.ts'
import { selectReservedShares } from '../payments/reservations.ts'
import type { App } from '../platform/app.ts'
import { rows, type Tx, transact } from '../platform/database.ts'
import { findRefund } from '../returns/refunds.ts'
import { type Desk, type Letter, letter, openDesk, type Reader, readersOf } from './letter.ts'

/** The receipt of a payment, to everyone who may pay for the household. */
export async function writeReceipt(app: App, practice: PracticeId, event: RecordedEvent): Promise<Letter[]> {
  return aboutPayment(app, practice, event.subject, async (tx, desk, payment, readers) => {
    const given = await rows(
      tx,
      payment.postedAt ? selectPaymentAllocations(practice, payment.id) : selectReservedShares(practice, payment.id),
    )
    const left = (await getOwed(tx, practice, payment.account)).total
    const byBill = Map.groupBy(given, share => share.number)
    return readers.map(reader =>
      letter(desk, reader, { about: payment.id, kind: 'receipt', account: payment.account }, words => ({
        subject: words.t('mail.receipt.subject', { practice: desk.practice.name }),
        title: words.t('mail.receipt.title', { amount: payment.amount }),
        paragraphs: [
          words.t('mail.receipt.body', {
            day: dayIn(desk.practice.timeZone, payment.receivedAt ?? payment.createdAt),
            method: paidWith(words, payment),
          }),
          ...(payment.postedAt ? [] : [words.t('mail.receipt.posting', { practice: desk.practice.name })]),
          left > 0n ? words.t('mail.receipt.left', { amount: left }) : words.t('mail.receipt.none'),
        ],
        facts: [...byBill].map(([number, shares]) => ({
          name: number,
          value: words.money(sumCents(shares.map(share => share.cents))),
        })),
        button: {
          label: words.t('mail.receipt.button'),
          href: desk.url(paths.payment(desk.practice.slug, payment.id)),
        },
      })),
    )
  })
}

/** A payment that the bank declined: nothing was charged. */
export async function writeDeclined(app: App, practice: PracticeId, event: RecordedEvent): Promise<Letter[]> {
  return aboutPayment(app, practice, event.subject, async (_tx, desk, payment, readers) =>
    readers.map(reader =>
      letter(desk, reader, { about: payment.id, kind: 'declined', account: payment.account }, words => ({
        subject: words.t('mail.declined.subject', { practice: desk.practice.name }),
        title: words.t('mail.declined.title', { amount: payment.amount }),
        paragraphs: [words.t('mail.declined.body'), declineSentence(words, payment.failureCode)],
        button: { label: words.t('mail.declined.button'), href: desk.url(paths.newPayment(desk.practice.slug)) },
      })),
    ),
  )
}

/** Money sent back. */
export async function writeRefund(app: App, practice: PracticeId, event: RecordedEvent): Promise<Letter[]> {
  const id = event.subject
  if (!isId('rfd', id)) return []
  const refund = await transact(app.db, wholePractice(practice), tx => findRefund(tx, practice, id))
  if (!refund) return []
  return aboutPayment(app, practice, refund.payment, async (tx, desk, payment, readers) => {
    const owed = refund.reopens ? (await getOwed(tx, practice, payment.account)).total : 0n
    return readers.map(reader =>
      letter(desk, reader, { about: refund.id, kind: 'refund', account: payment.account }, words => ({
        subject: words.t('mail.refund.subject', { practice: desk.practice.name }),
        title: words.t('mail.refund.title', { amount: refund.amount }),
        paragraphs: [
          payment.methodKind === 'card'
            ? words.t('mail.refund.body', { method: paidWith(words, payment) })
            : words.t('mail.refund.desk', { practice: desk.practice.name }),
          ...(owed > 0n ? [words.t('mail.refund.owed', { amount: owed })] : []),
        ],
        button: { label: words.t('mail.refund.button'), href: desk.url(paths.payment(desk.practice.slug, payment.id)) },
      })),
    )
  })
}

async function aboutPayment(
  app: App,
  practice: PracticeId,
  id: string,
  write: (tx: Tx, desk: Desk, payment: Payment, readers: Reader[]) => Promise<Letter[]>,
): Promise<Letter[]> {
  if (!isId('pay', id)) return []
  return transact(app.db, wholePractice(practice), async tx => {
    const payment = await findPayment(tx, practice, id)
    return payment
      ? write(tx, await openDesk(app, tx, practice), payment, await readersOf(tx, practice, payment.account))
      : []
  })
}
