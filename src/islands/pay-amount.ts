import { charge, payable, spread } from '../design/allocation.ts'
import { type Cents, parseDollars, sumCents } from '../kernel/money.ts'

/**
 * On a form with `data-pay` (and `data-credit`, `data-most` in cents): the button names the amount while it is chosen or typed, and
 * the table shows where it goes, by the rule of the server. What cannot be read, or is more than can be paid, leaves the button saying "Pay".
 */
for (const form of document.querySelectorAll<HTMLFormElement>('form[data-pay]')) enhance(form)

function enhance(form: HTMLFormElement): void {
  const credit = BigInt(form.dataset.credit ?? '0')
  const most = form.dataset.most === undefined ? undefined : BigInt(form.dataset.most)
  const typed = form.querySelector<HTMLInputElement>('input[name="amount"]')
  const other = form.querySelector<HTMLInputElement>('input[name="pick"][value="other"]')

  typed?.addEventListener('focus', () => {
    if (other) other.checked = true
    show()
  })
  form.addEventListener('input', event => {
    const target = event.target
    if (target instanceof HTMLInputElement && target.name === 'pick') {
      if (target === other) typed?.focus()
      else if (typed) typed.value = ''
    }
    show()
  })
  // Back from the next page the browser restores what was chosen after scripts have run.
  addEventListener('pageshow', show)

  function show(): void {
    const picked = form.querySelector<HTMLInputElement>('input[name="pick"]:checked')
    const amount = payable(parseDollars(picked && picked !== other ? picked.value : (typed?.value ?? '')), most)
    const button = form.querySelector<HTMLElement>('[data-pay-button]')
    form.dataset.live = ''
    button?.toggleAttribute('data-known', amount !== undefined)
    showCharge(form, amount ?? 0n, credit)
    showAllocation(form, amount ?? 0n)
  }
}

function showCharge(form: HTMLFormElement, amount: Cents, credit: Cents): void {
  const { used, charged } = charge(amount, credit)
  write(form, '[data-used]', used)
  write(form, '[data-charged]', charged)
  const covered = amount > 0n && charged === 0n
  for (const part of form.querySelectorAll<HTMLElement>('[data-when]'))
    part.hidden = (part.dataset.when === 'credit') !== covered
}

function showAllocation(form: HTMLFormElement, amount: Cents): void {
  const rows = [...form.querySelectorAll<HTMLElement>('[data-where] [data-open]')]
  const open = rows.map(row => BigInt(row.dataset.open ?? '0'))
  const { parts, rest } = spread(open, amount)
  rows.forEach((row, i) => {
    const part = parts[i] ?? 0n
    write(row, '[data-part]', part)
    write(row, '[data-left]', (open[i] ?? 0n) - part)
  })
  write(form, '[data-rest]', rest)
  write(form, '[data-sum]', amount)
  write(form, '[data-total-left]', sumCents(open) - amount + rest)
  const creditRow = form.querySelector<HTMLElement>('[data-credit-row]')
  if (creditRow) creditRow.hidden = rest === 0n
}

const money = new Intl.NumberFormat(document.documentElement.lang === 'es' ? 'es-US' : 'en-US', {
  style: 'currency',
  currency: 'USD',
  currencyDisplay: 'narrowSymbol',
})

function write(within: HTMLElement, selector: string, cents: Cents): void {
  for (const element of within.querySelectorAll(selector)) element.textContent = money.format(Number(cents) / 100)
}
