import type { ComponentChildren } from 'preact'
import { Icon } from './icons.tsx'

type FieldProps = {
  label: string
  name: string
  /** Unique on the page; the name unless given. */
  id?: string
  type?: 'text' | 'email' | 'password' | 'search' | 'tel'
  /** What was typed, kept when the form comes back. */
  value?: string
  hint?: ComponentChildren
  /** Our sentence beside the field; the first field with one gets the focus when the page opens. */
  error?: string | undefined
  autocomplete?: string
  inputmode?: 'decimal' | 'numeric' | 'email' | 'search'
  required?: boolean
  maxlength?: number
  /** As narrow as an amount or a code. */
  short?: boolean
  autofocus?: boolean
}

/** A question with one line for the answer, its hint and its error. */
export function Field(props: FieldProps) {
  const { label, name, id = name, type = 'text', hint, error, short, required } = props
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {error && <FieldError id={`${id}-error`}>{error}</FieldError>}
      <input
        class={short ? 'input short' : 'input'}
        id={id}
        name={name}
        // Preact types an input by its kind; each of ours is a line of text.
        type={type as 'text'}
        value={props.value}
        autocomplete={props.autocomplete}
        inputmode={props.inputmode}
        maxlength={props.maxlength}
        required={required}
        autofocus={props.autofocus || Boolean(error)}
        aria-invalid={error ? 'true' : undefined}
        aria-describedby={describedBy(id, hint, error)}
      />
      {hint && (
        <span class="hint" id={`${id}-hint`}>
          {hint}
        </span>
      )}
    </div>
  )
}

/** The sentence beside a field: what is wrong and what to do. */
function FieldError({ id, children }: { id: string; children: ComponentChildren }) {
  return (
    <p class="error" id={id}>
      <Icon name="circle-alert" />
      <span>{children}</span>
    </p>
  )
}

type AmountInputProps = { id: string; name: string; label: string; value?: string; invalid?: boolean; error?: string }

/** An amount in dollars beside a choice: right-aligned, decimal keys on a phone. */
export function AmountInput({ id, name, label, value, invalid, error }: AmountInputProps) {
  return (
    <span class="amount">
      <span aria-hidden="true">$</span>
      <input
        class="input"
        type="text"
        id={id}
        name={name}
        value={value}
        inputmode="decimal"
        autocomplete="off"
        placeholder="0.00"
        maxlength={12}
        aria-label={label}
        aria-invalid={invalid ? 'true' : undefined}
        aria-describedby={error}
        autofocus={invalid}
      />
    </span>
  )
}

type SelectProps = {
  label: string
  name: string
  id?: string
  value?: string | undefined
  options: readonly { value: string; label: string }[]
  /** The label is for screen readers alone: in a row of filters. */
  bare?: boolean
}

/** One of a short list. */
export function Select({ label, name, id = name, value, options, bare }: SelectProps) {
  return (
    <div class={bare ? undefined : 'field'}>
      <label for={id} class={bare ? 'hidden' : undefined}>
        {label}
      </label>
      <select class="input" id={id} name={name}>
        {options.map(option => (
          <option key={option.value} value={option.value} selected={option.value === value}>
            {option.label}
          </option>
        ))}
      </select>
    </div>
  )
}

function describedBy(id: string, hint: unknown, error: unknown): string | undefined {
  return [error && `${id}-error`, hint && `${id}-hint`].filter(Boolean).join(' ') || undefined
}
