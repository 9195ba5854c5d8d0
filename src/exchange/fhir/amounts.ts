import { child, decimalOf, type Element, Exact, isObject, WrongElement } from './element.ts'

/** What a Claim or an ExplanationOfBenefit of FHIR R4 names money by. */
const MONEY = new Set(['amount', 'net', 'unitPrice', 'total', 'adjustment', 'allowedMoney', 'usedMoney'])

/** Refuses an amount or a quantity that is no decimal, also one that nothing is billed by: the file is wrong. */
export function refuseWrongAmounts(parent: Element): void {
  const { value, path } = parent
  if (Array.isArray(value)) {
    for (const [i, one] of value.entries()) refuseWrongAmounts({ value: one, path: [...path, i] })
  }
  if (!isObject(value)) return
  for (const [key, inner] of Object.entries(value)) {
    if (typeof inner !== 'object' || inner === null || inner instanceof Exact) continue
    const element = { value: inner, path: [...path, key] }
    // What a claim contains is a resource of another type, with amounts of its own kind.
    if (key === 'contained') continue
    if (MONEY.has(key) || key === 'quantity') refuseWrongValue(element)
    refuseWrongAmounts(element)
  }
}

function refuseWrongValue(amount: Element): void {
  if (!isObject(amount.value) || !Object.hasOwn(amount.value, 'value')) return
  if (!child(amount, 'value'))
    throw new WrongElement('The amount null is no decimal number.', [...amount.path, 'value'])
  decimalOf(amount, 'value')
}
