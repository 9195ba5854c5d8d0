import { html } from 'hono/html'
import type { Html } from './layout.ts'
import { type Locale, type Word, wordsOf } from './words.ts'

export type FieldName = 'number' | 'expiry' | 'cvc' | 'postalCode' | 'name' | 'email'

export interface FieldState {
  values?: Partial<Record<FieldName, string>>
  errors?: Partial<Record<FieldName, Word>>
}

interface Attributes {
  autocomplete: string
  inputmode: 'numeric' | 'text' | 'email'
  maxlength: number
  hint?: Word
}

const FIELDS: Record<FieldName, Attributes> = {
  number: { autocomplete: 'cc-number', inputmode: 'numeric', maxlength: 23 },
  expiry: { autocomplete: 'cc-exp', inputmode: 'numeric', maxlength: 9, hint: 'expiryHint' },
  cvc: { autocomplete: 'cc-csc', inputmode: 'numeric', maxlength: 4 },
  postalCode: { autocomplete: 'postal-code', inputmode: 'text', maxlength: 10 },
  name: { autocomplete: 'cc-name', inputmode: 'text', maxlength: 100 },
  email: { autocomplete: 'email', inputmode: 'email', maxlength: 254 },
}

/** One labelled field with room for its error beside it. */
export function field(locale: Locale, name: FieldName, state: FieldState, isRequired = true): Html {
  const words = wordsOf(locale)
  const { autocomplete, inputmode, maxlength, hint } = FIELDS[name]
  const error = state.errors?.[name]
  return html`<div class="field" data-field="${name}">
<label for="${name}">${words[name]}</label>
<input class="input" id="${name}" name="${name}" type="${name === 'email' ? 'email' : 'text'}"
  autocomplete="${autocomplete}" inputmode="${inputmode}" maxlength="${maxlength}" spellcheck="false"
  placeholder="${hint ? words[hint] : ''}" value="${state.values?.[name] ?? ''}"
  aria-describedby="${name}-error" aria-invalid="${error ? 'true' : 'false'}" ${isRequired ? 'required' : ''}>
<p class="error" id="${name}-error">${error ? words[error] : ''}</p>
</div>`
}

/** Number, expiry, security code and ZIP as one group. */
export function cardFields(locale: Locale, state: FieldState = {}): Html {
  return html`<fieldset class="card-fields">
<legend>${wordsOf(locale).card}</legend>
${field(locale, 'number', state)}
<div class="pair">
${field(locale, 'expiry', state)}
${field(locale, 'cvc', state)}
${field(locale, 'postalCode', state)}
</div>
</fieldset>`
}
