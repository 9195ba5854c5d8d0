import type { ComponentChildren } from 'preact'
import { Icon, type IconName } from './icons.tsx'

type ChoiceProps = {
  /** Unique on the page; the label's `for`. */
  id: string
  name: string
  value: string
  checked?: boolean
  disabled?: boolean
  title: ComponentChildren
  detail?: ComponentChildren
  /** At the end: an amount, or an input of its own (`AmountInput`). */
  end?: ComponentChildren
  icon?: IconName
  /** Shown only while this choice is taken. */
  children?: ComponentChildren
}

/** One of several: the whole card can be pressed. */
export function Choice(props: ChoiceProps) {
  const { id, name, value, checked, disabled, title, detail, end, icon, children } = props
  return (
    <div class="choice">
      <input type="radio" id={id} name={name} value={value} checked={checked} disabled={disabled} />
      <label for={id}>
        <span>{title}</span>
        {detail && <span class="muted small">{detail}</span>}
      </label>
      {end ?? (icon && <Icon name={icon} />)}
      {children && <div class="choice-more">{children}</div>}
    </div>
  )
}

type ChoicesProps = { legend: string; error?: string; errorId?: string; children: ComponentChildren }

/** A question with its choices; an error stands below the legend. */
export function Choices({ legend, error, errorId, children }: ChoicesProps) {
  return (
    <fieldset aria-describedby={error ? errorId : undefined}>
      <legend>{legend}</legend>
      {error && (
        <p class="error" id={errorId}>
          <Icon name="circle-alert" /> {error}
        </p>
      )}
      {children}
    </fieldset>
  )
}

type CheckProps = { id: string; name: string; value?: string; checked?: boolean; children: ComponentChildren }

/** Yes or no, never ticked beforehand where it means consent. */
export function Check({ id, name, value = 'yes', checked, children }: CheckProps) {
  return (
    <div class="check">
      <input type="checkbox" id={id} name={name} value={value} checked={checked} />
      <label for={id}>{children}</label>
    </div>
  )
}
