/** Stripe's published test cards, by number and by `pm_card_…` token, and what each of them does. */
export type CardBehaviour =
  | 'succeeds'
  | 'declines'
  | 'declines on charge'
  | 'authenticates always'
  | 'authenticates unless set up'
  | 'is disputed'
  | 'is inquired about'

export interface Decline {
  code: string
  declineCode: string | null
  message: string
}

export interface TestCard {
  number: string
  brand: 'visa' | 'mastercard' | 'amex' | 'discover'
  funding: 'credit' | 'debit'
  behaviour: CardBehaviour
  decline: Decline
  tokens: string[]
}

function decline(code: string, declineCode: string | null, message: string): Decline {
  return { code, declineCode, message }
}

export const GENERIC_DECLINE = decline('card_declined', 'generic_decline', 'Your card was declined.')

function card(number: string, tokens: string[], more: Partial<TestCard> = {}): TestCard {
  return {
    number,
    brand: 'visa',
    funding: 'credit',
    behaviour: 'succeeds',
    decline: GENERIC_DECLINE,
    tokens: tokens.map(token => `pm_card_${token}`),
    ...more,
  }
}

function declining(number: string, tokens: string[], reason: Decline): TestCard {
  return card(number, tokens, { behaviour: 'declines', decline: reason })
}

export const TEST_CARDS: readonly TestCard[] = [
  card('4242424242424242', ['visa', 'us']),
  card('4000056655665556', ['visa_debit'], { funding: 'debit' }),
  card('5555555555554444', ['mastercard'], { brand: 'mastercard' }),
  card('378282246310005', ['amex'], { brand: 'amex' }),
  card('6011111111111117', ['discover'], { brand: 'discover' }),
  declining('4000000000000002', ['chargeDeclined', 'visa_chargeDeclined'], GENERIC_DECLINE),
  declining(
    '4000000000009995',
    ['chargeDeclinedInsufficientFunds', 'visa_chargeDeclinedInsufficientFunds'],
    decline('card_declined', 'insufficient_funds', 'Your card has insufficient funds.'),
  ),
  declining(
    '4000000000000069',
    ['chargeDeclinedExpiredCard', 'visa_chargeDeclinedExpiredCard'],
    decline('expired_card', null, 'Your card has expired.'),
  ),
  declining(
    '4000000000000127',
    ['chargeDeclinedIncorrectCvc', 'visa_chargeDeclinedIncorrectCvc'],
    decline('incorrect_cvc', null, "Your card's security code is incorrect."),
  ),
  declining(
    '4000000000000119',
    ['chargeDeclinedProcessingError', 'visa_chargeDeclinedProcessingError'],
    decline('processing_error', null, 'An error occurred while processing your card. Try again in a little bit.'),
  ),
  card('4000000000000341', ['chargeCustomerFail', 'visa_chargeCustomerFail'], { behaviour: 'declines on charge' }),
  card('4000002760003184', ['authenticationRequired'], { behaviour: 'authenticates always' }),
  card('4000000000003220', ['threeDSecure2Required'], { behaviour: 'authenticates always' }),
  card('4000002500003155', ['authenticationRequiredOnSetup', 'authenticationRequiredSetupForOffSession'], {
    behaviour: 'authenticates unless set up',
  }),
  card('4000000000000259', ['createDispute', 'visa_createDispute'], { behaviour: 'is disputed' }),
  card('4000000000001976', ['createDisputeInquiry', 'visa_createDisputeInquiry'], { behaviour: 'is inquired about' }),
]

const BY_NUMBER = new Map(TEST_CARDS.map(one => [one.number, one]))
const BY_TOKEN = new Map(TEST_CARDS.flatMap(one => one.tokens.map(token => [token, one] as const)))

/** The test card of a number; undefined for every other number, which is somebody's own or made up. */
export function cardOfNumber(number: string): TestCard | undefined {
  return BY_NUMBER.get(number)
}

/** The name under which a store keeps a card: its first token, never its number. */
export function nameOf(card: TestCard): string {
  return card.tokens[0] ?? ''
}

/** The card that a store kept under its name. */
export function keptCard(name: string | undefined): TestCard {
  const card = BY_TOKEN.get(name ?? '')
  if (!card) throw new Error(`The store names a card that is none: ${name}.`)
  return card
}

export function cardOfToken(token: string): TestCard | undefined {
  return BY_TOKEN.get(token)
}

export function brandOf(number: string): TestCard['brand'] {
  if (/^3[47]/.test(number)) return 'amex'
  if (/^(5[1-5]|2[2-7])/.test(number)) return 'mastercard'
  if (/^6(011|5)/.test(number)) return 'discover'
  return 'visa'
}

/** The check digit's rule (ISO/IEC 7812-1, Luhn). */
export function hasRightCheckDigit(number: string): boolean {
  if (!/^\d{12,19}$/.test(number)) return false
  const sum = [...number].reverse().reduce((total, digit, index) => {
    const value = Number(digit) * (index % 2 === 0 ? 1 : 2)
    return total + (value > 9 ? value - 9 : value)
  }, 0)
  return sum % 10 === 0
}
