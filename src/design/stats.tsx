import type { ComponentChildren } from 'preact'

export type Stat = { label: string; value: ComponentChildren; detail?: ComponentChildren }

/** The office's strip of numbers above a table. */
export function Stats({ label, stats }: { label: string; stats: readonly Stat[] }) {
  return (
    <section class="card stats" aria-label={label}>
      {stats.map(stat => (
        <div key={stat.label}>
          <span class="muted">{stat.label}</span>
          <b>{stat.value}</b>
          {stat.detail && <span class="small muted">{stat.detail}</span>}
        </div>
      ))}
    </section>
  )
}
