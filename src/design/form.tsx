import type { ComponentChildren } from 'preact'
import { Notice } from './notice.tsx'
import type { Words } from './words.ts'

type PostFormProps = {
  action: string
  /** The session's token; a form before sign-in has none. */
  csrf?: string | undefined
  /** Further values that the form carries unseen. */
  hidden?: Readonly<Record<string, string>>
  class?: string
  /** `data-*` attributes that an island reads. */
  data?: Readonly<Record<`data-${string}`, string>>
  children: ComponentChildren
}

/** A form that changes something: posted, with its token, its checks done by us rather than by the browser's bubbles. */
export function PostForm({ action, csrf, hidden = {}, class: extra, data = {}, children }: PostFormProps) {
  return (
    <form method="post" action={action} class={extra} novalidate {...data}>
      {csrf !== undefined && <input type="hidden" name="_csrf" value={csrf} />}
      {Object.entries(hidden).map(([name, value]) => (
        <input key={name} type="hidden" name={name} value={value} />
      ))}
      {children}
    </form>
  )
}

/** Above a form that came back: how many things need another look, said at once to screen readers. */
export function FormErrors({ words, count, children }: { words: Words; count: number; children?: ComponentChildren }) {
  if (!count) return null
  return (
    <Notice tone="bad" alert>
      {children ?? words.t('error.summary', { count })}
    </Notice>
  )
}
