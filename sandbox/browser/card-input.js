/** Formats what is typed into the card fields, and says what is wrong with it. */

const GROUPS = { amex: [4, 6, 5], other: [4, 4, 4, 4, 3] }

export function digitsOf(text) {
  return text.replace(/\D/g, '')
}

export function isAmex(digits) {
  return /^3[47]/.test(digits)
}

export function formatNumber(text) {
  const digits = digitsOf(text).slice(0, isAmex(digitsOf(text)) ? 15 : 19)
  const parts = []
  let at = 0
  for (const size of isAmex(digits) ? GROUPS.amex : GROUPS.other) {
    if (at < digits.length) parts.push(digits.slice(at, at + size))
    at += size
  }
  return parts.join(' ')
}

export function formatExpiry(text, isDeleting) {
  let digits = digitsOf(text)
  if (/^20\d\d$/.test(digits.slice(2)) && digits.length === 6) digits = digits.slice(0, 2) + digits.slice(4)
  if (/^[2-9]/.test(digits)) digits = `0${digits}`
  digits = digits.slice(0, 4)
  if (digits.length > 2 || (digits.length === 2 && !isDeleting)) return `${digits.slice(0, 2)} / ${digits.slice(2)}`
  return digits
}

/** Puts the formatted text into the field and keeps the caret behind the same digit. */
export function reformat(input, format) {
  const before = digitsOf(input.value.slice(0, input.selectionStart ?? input.value.length)).length
  const atEnd = input.selectionStart === input.value.length
  const text = format(input.value)
  if (text === input.value) return
  input.value = text
  if (atEnd) return
  let caret = 0
  for (let seen = 0; caret < text.length && seen < before; caret++) if (/\d/.test(text[caret])) seen += 1
  input.setSelectionRange(caret, caret)
}

function hasRightCheckDigit(digits) {
  const sum = [...digits].reverse().reduce((total, digit, index) => {
    const value = Number(digit) * (index % 2 === 0 ? 1 : 2)
    return total + (value > 9 ? value - 9 : value)
  }, 0)
  return sum % 10 === 0
}

export function expiryOf(text) {
  const digits = digitsOf(text)
  return { month: Number(digits.slice(0, 2)), year: 2000 + Number(digits.slice(2, 4)), isWhole: digits.length === 4 }
}

/** The code of what is wrong with each field, in the order in which they stand. */
export function faultsOf({ number, expiry, cvc, postalCode }, today = new Date()) {
  const faults = {}
  const digits = digitsOf(number)
  if (digits.length < (isAmex(digits) ? 15 : 16)) faults.number = 'incomplete_number'
  else if (!hasRightCheckDigit(digits)) faults.number = 'incorrect_number'
  const { month, year, isWhole } = expiryOf(expiry)
  if (!isWhole) faults.expiry = 'incomplete_expiry'
  else if (month < 1 || month > 12) faults.expiry = 'invalid_expiry_month'
  else if (year * 12 + month < today.getFullYear() * 12 + today.getMonth() + 1) faults.expiry = 'invalid_expiry_year'
  if (digitsOf(cvc).length !== (isAmex(digits) ? 4 : 3)) faults.cvc = 'invalid_cvc'
  if (postalCode.trim().length < 3) faults.postalCode = 'incomplete_zip'
  return faults
}
