import { digitsOf, expiryOf, faultsOf, formatExpiry, formatNumber, reformat } from './card-input.js'

const query = new URLSearchParams(location.search)
const parentOrigin = query.get('parent')
const form = document.getElementById('card')
const words = JSON.parse(form.dataset.words)
const names = ['number', 'expiry', 'cvc', 'postalCode']
const touched = new Set()

const brand = query.get('brand')
if (brand && CSS.supports('color', brand)) document.documentElement.style.setProperty('--brand', brand)

function tell(message) {
  parent.postMessage({ sandbox: 'card', ...message }, parentOrigin)
}

function values() {
  return Object.fromEntries(names.map(name => [name, form.elements[name].value]))
}

function showFault(name, code) {
  const input = form.elements[name]
  input.setAttribute('aria-invalid', code ? 'true' : 'false')
  document.getElementById(`${name}-error`).textContent = code ? (words[code] ?? words.unavailable) : ''
}

function showFaults(faults, only = names) {
  for (const name of only) showFault(name, faults[name])
}

/** Shows every fault, moves to the first, and answers it in the shape of Stripe's validation error. */
function validate() {
  const faults = faultsOf(values())
  for (const name of names) touched.add(name)
  showFaults(faults)
  const first = names.find(name => faults[name])
  if (!first) return undefined
  form.elements[first].focus()
  return { type: 'validation_error', code: faults[first], message: words[faults[first]] }
}

function bodyOf(billingDetails) {
  const { number, expiry, cvc, postalCode } = values()
  const { month, year } = expiryOf(expiry)
  const body = new URLSearchParams({
    type: 'card',
    'card[number]': digitsOf(number),
    'card[exp_month]': String(month),
    'card[exp_year]': String(year),
    'card[cvc]': digitsOf(cvc),
    'billing_details[address][postal_code]': postalCode.trim(),
  })
  for (const name of ['name', 'email', 'phone']) {
    if (billingDetails?.[name]) body.set(`billing_details[${name}]`, billingDetails[name])
  }
  return body
}

const FIELDS = { number: 'number', exp_month: 'expiry', exp_year: 'expiry', cvc: 'cvc' }

async function create(billingDetails) {
  const wrong = validate()
  if (wrong) return { error: wrong }
  const headers = { Authorization: `Bearer ${query.get('key')}` }
  if (query.get('account')) headers['Stripe-Account'] = query.get('account')
  try {
    const response = await fetch('/v1/payment_methods', { method: 'POST', headers, body: bodyOf(billingDetails) })
    const answer = await response.json()
    if (response.ok) return { paymentMethod: shown(answer) }
    const { type, decline_code, message, param } = answer.error
    const code = words[decline_code] ? decline_code : answer.error.code
    const name = FIELDS[param]
    if (name) showFault(name, code)
    return { error: { type, code, message: words[code] ?? message, param } }
  } catch {
    return { error: { type: 'api_connection_error', message: words.unavailable } }
  }
}

/** All that leaves this frame: never the number. */
function shown({ id, card }) {
  return { id, card: { brand: card.brand, last4: card.last4, exp_month: card.exp_month, exp_year: card.exp_year } }
}

function changed() {
  const typed = values()
  const complete = Object.keys(faultsOf(typed)).length === 0
  tell({ type: 'change', complete, empty: names.every(name => typed[name] === '') })
}

form.addEventListener('input', event => {
  const input = event.target
  const isDeleting = event.inputType?.startsWith('delete') ?? false
  if (input.name === 'number') reformat(input, formatNumber)
  if (input.name === 'expiry') reformat(input, text => formatExpiry(text, isDeleting))
  if (input.name === 'cvc') reformat(input, digitsOf)
  if (touched.has(input.name)) showFaults(faultsOf(values()), [input.name])
  changed()
})

form.addEventListener('focusout', event => {
  const { name, value } = event.target
  if (value === '') return
  touched.add(name)
  showFaults(faultsOf(values()), [name])
})

form.addEventListener('focusin', () => tell({ type: 'focus' }))
form.addEventListener('focusout', () => tell({ type: 'blur' }))
form.addEventListener('submit', event => event.preventDefault())

addEventListener('message', async event => {
  if (event.source !== parent || event.origin !== parentOrigin) return
  const { type, id, billingDetails } = event.data ?? {}
  if (type === 'validate') tell({ type: 'result', id, result: { error: validate() } })
  if (type === 'create') tell({ type: 'result', id, result: await create(billingDetails) })
  if (type === 'focus') form.elements.number.focus()
  if (type === 'clear') {
    form.reset()
    touched.clear()
    showFaults({})
    changed()
  }
})

new ResizeObserver(() =>
  tell({ type: 'height', height: Math.ceil(document.body.getBoundingClientRect().height) }),
).observe(document.body)
tell({ type: 'ready' })
