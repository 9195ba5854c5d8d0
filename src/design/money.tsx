import type { Cents } from '../kernel/money.ts'

type MoneyWords = {
  money(cents: Cents): string
  moneyParts(cents: Cents): { sign: string; symbol: string; digits: string }
}

/** An amount in running text or a column: tabular figures, never broken over lines. */
export function Money({ words, cents }: { words: MoneyWords; cents: Cents }) {
  return <span class="money">{words.money(cents)}</span>
}

/** An amount that is the page's answer: large, its symbol small and raised. */
export function LargeMoney({ words, cents }: { words: MoneyWords; cents: Cents }) {
  const { sign, symbol, digits } = words.moneyParts(cents)
  return (
    <span class="money money-l">
      {sign}
      <sup>{symbol}</sup>
      {digits}
    </span>
  )
}
