import type { ComponentChildren } from 'preact'
import { Icon, type IconName } from './icons.tsx'

export type Tone = 'plain' | 'good' | 'warn' | 'bad'

/** A status in a word or two; its colour only repeats what the word says. */
export function Tag({ tone = 'plain', icon, children }: { tone?: Tone; icon?: IconName; children: ComponentChildren }) {
  return (
    <span class={tone === 'plain' ? 'tag' : `tag ${tone}`}>
      {icon && <Icon name={icon} />}
      {children}
    </span>
  )
}
