import type { ComponentChildren } from 'preact'

export type Fact = {
  name: ComponentChildren
  value: ComponentChildren
  /** The sum of the rows above: ruled off, bold. */
  total?: boolean
}

/** Names and values in two columns: the amounts of a bill, the facts of a payment. `plain` sets values at the start. */
export function Facts({ facts, small, plain }: { facts: readonly Fact[]; small?: boolean; plain?: boolean }) {
  return (
    <dl class={['facts', small && 'small', plain && 'plain'].filter(Boolean).join(' ')}>
      {facts.map(({ name, value, total }, i) => (
        <div key={i} class={total ? 'total' : undefined}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  )
}
