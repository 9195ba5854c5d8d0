import type { Cents } from '../kernel/money.ts'
import type { Words } from './words.ts'

/** Where the processor's own card form comes from; all of it is public. */
export type CardProcessor = {
  script: string
  publishableKey: string
  /** The connected account, where the practice has one. */
  account: string | null
  /** The practice's, in the card industry's three small letters. */
  currency: string
}

type CardEntryProps = {
  words: Words
  processor: CardProcessor
  /** A payment's amount, or null for saving a card without a charge. */
  amount: Cents | null
}

/**
 * The place of the processor's card form, for the `card-entry` island; stands inside the form it belongs to. With script
 * off the form is posted with an empty `payment_method`, and the processor's hosted page asks for the card.
 */
export function CardEntry({ words, processor, amount }: CardEntryProps) {
  return (
    <div
      class="stack-s"
      data-card-entry
      data-stripe-js={processor.script}
      data-publishable-key={processor.publishableKey}
      data-stripe-account={processor.account ?? undefined}
      data-amount={amount === null ? undefined : String(amount)}
      data-currency={processor.currency}
    >
      <input type="hidden" name="payment_method" value="" />
      <div class="card-frame" data-card-frame />
      <p
        class="small muted"
        role="status"
        data-card-status
        data-loading={words.t('pay.card.loading')}
        data-failed={words.t('pay.card.failed')}
        data-sending={words.t('pay.sending')}
      />
      <noscript>
        <p class="small muted">{words.t('pay.card.hosted')}</p>
      </noscript>
      <p
        class="error"
        role="alert"
        data-card-error
        data-marked={words.t('pay.card.marked')}
        data-problem={words.t('pay.card.problem')}
      />
    </div>
  )
}
