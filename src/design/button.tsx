import type { ComponentChildren } from 'preact'
import { Icon, type IconName } from './icons.tsx'

type Look = { kind?: 'primary' | 'plain' | 'quiet' | 'danger'; size?: 'small'; block?: boolean; icon?: IconName }

function classOf({ kind = 'plain', size, block }: Look): string {
  return ['button', kind === 'plain' ? '' : kind, size ?? '', block ? 'block' : ''].filter(Boolean).join(' ')
}

type ButtonProps = Look & {
  children: ComponentChildren
  /** What the button does, where its own words are not enough ("Remove" beside five cards). */
  label?: string
  /** Opens or closes the popover with this id, without script. */
  popover?: { target: string; action?: 'show' | 'hide' }
}

/** A button that sends its form, or opens a popover. Its words say what it does: "Pay $185.00". */
export function Button({ children, label, popover, icon, ...rest }: ButtonProps) {
  return (
    <button
      type={popover ? 'button' : 'submit'}
      class={classOf(rest)}
      aria-label={label}
      popovertarget={popover?.target}
      popovertargetaction={popover?.action}
    >
      {icon && <Icon name={icon} />}
      {children}
    </button>
  )
}

type LinkProps = Look & { href: string; children: ComponentChildren; label?: string }

/** A link that looks like a button: it leads somewhere and changes nothing. */
export function ButtonLink({ href, children, label, icon, ...look }: LinkProps) {
  return (
    <a class={classOf(look)} href={href} aria-label={label}>
      {icon && <Icon name={icon} />}
      {children}
    </a>
  )
}
