import type { ComponentChildren } from 'preact'

/** What folds away below the newest: a long past, one press off. */
export function Fold({ label, children }: { label: string; children: ComponentChildren }) {
  return (
    <details class="more">
      <summary>{label}</summary>
      {children}
    </details>
  )
}
