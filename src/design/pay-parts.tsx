import type { ComponentChildren } from 'preact'
import { type Cents, sumCents } from '../kernel/money.ts'
import { charge, spread } from './allocation.ts'
import { Icon } from './icons.tsx'
import type { Words } from './words.ts'

/** A bill that a payment may fall on, in the order in which bills are filled. */
export type PayRow = { id: string; title: ComponentChildren; detail?: ComponentChildren; open: Cents }

type PreviewProps = { words: Words; rows: readonly PayRow[]; amount: Cents }

/**
 * Where a payment goes, before and after: the same lines as on the receipt. `pay-amount` keeps it true while an amount
 * is typed; without script it shows the choice that the page opened with.
 */
export function AllocationPreview({ words, rows, amount }: PreviewProps) {
  const { parts, rest } = spread(
    rows.map(row => row.open),
    amount,
  )
  const before = sumCents(rows.map(row => row.open))
  const { t } = words
  return (
    <div class="where">
      <table class="table plain" data-where>
        <caption class="hidden">{t('pay.where')}</caption>
        <thead>
          <tr>
            <th scope="col">{t('pay.where.bill')}</th>
            <th scope="col" class="num">
              {t('pay.where.before')}
            </th>
            <th scope="col" class="num">
              {t('pay.where.part')}
            </th>
            <th scope="col" class="num">
              {t('pay.where.after')}
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map(({ id, title, detail, open }, i) => (
            <tr key={id} data-open={String(open)}>
              <th scope="row">
                {title}
                {detail && <span class="sub">{detail}</span>}
              </th>
              <td class="num muted">{words.money(open)}</td>
              <td class="num strong" data-part>
                {words.money(parts[i] ?? 0n)}
              </td>
              <td class="num" data-left>
                {words.money(open - (parts[i] ?? 0n))}
              </td>
            </tr>
          ))}
        </tbody>
        <tfoot>
          <tr data-credit-row hidden={rest === 0n}>
            <th scope="row" colspan={2}>
              {t('pay.where.credit')}
            </th>
            <td class="num" data-rest>
              {words.money(rest)}
            </td>
            <td />
          </tr>
          <tr>
            <th scope="row">{t('pay.where.total')}</th>
            <td class="num">{words.money(before)}</td>
            <td class="num" data-sum>
              {words.money(amount)}
            </td>
            <td class="num" data-total-left>
              {words.money(before - amount + rest)}
            </td>
          </tr>
        </tfoot>
      </table>
    </div>
  )
}

type ChargeProps = { words: Words; amount: Cents; credit: Cents }

/** What credit does in this payment; nothing where there is none. */
export function CreditUse({ words, amount, credit }: ChargeProps) {
  if (credit === 0n) return null
  const { used, charged } = charge(amount, credit)
  return (
    <div class="note" data-credit-use>
      <Icon name="banknote" />
      <p data-when="card" hidden={charged === 0n}>
        {words.rich('pay.credit.charge', {
          credit: <span data-used>{words.money(used)}</span>,
          charge: <span data-charged>{words.money(charged)}</span>,
        })}
      </p>
      <p data-when="credit" hidden={charged > 0n}>
        {words.t('pay.credit.only')}
      </p>
    </div>
  )
}

type PayButtonProps = { words: Words; credit?: Cents; amount?: Cents | undefined }

/**
 * The button that names what it charges. Without script, once another amount is chosen it says "Pay" alone, because
 * it cannot know; without `amount` (a form that came back with an unreadable one) it says so from the start.
 */
export function PayButton({ words, credit = 0n, amount }: PayButtonProps) {
  const { used, charged } = charge(amount ?? 0n, credit)
  const covered = amount !== undefined && charged === 0n
  return (
    <div class="act">
      <button
        class="button primary block"
        type="submit"
        data-pay-button
        data-known={amount === undefined ? undefined : ''}
      >
        <span class="pay-exact" data-when="card" hidden={covered}>
          {words.rich('pay.button', {
            amount: (
              <span class="money" data-charged>
                {words.money(charged)}
              </span>
            ),
          })}
        </span>
        <span class="pay-exact" data-when="credit" hidden={!covered}>
          {words.rich('pay.button.credit', {
            amount: (
              <span class="money" data-used>
                {words.money(used)}
              </span>
            ),
          })}
        </span>
        <span class="pay-plain">{words.t('pay.button.plain')}</span>
      </button>
    </div>
  )
}

/** The sentence below the button. */
export function PaySecure({ words }: { words: Words }) {
  return (
    <p class="note">
      <Icon name="lock" />
      <span>{words.t('pay.secure')}</span>
    </p>
  )
}
