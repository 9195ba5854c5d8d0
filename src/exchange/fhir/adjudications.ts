import type { Decimal } from '../../kernel/money.ts'
import { codesOf } from './concepts.ts'
import { type Amount, amountOf, child, children, type Element } from './element.ts'

/** What an insurer can say about a line. */
export type Said =
  | 'submitted'
  | 'allowed'
  | 'paid'
  | 'benefit'
  | 'discount'
  | 'deductible'
  | 'coinsurance'
  | 'copay'
  | 'noncovered'
  | 'memberLiability'

/**
 * The insurer's answer to one line, as the file says it. `doubled` names what it says twice and differently,
 * `currencies` what it says it in.
 */
export type Answer = {
  readonly amounts: Readonly<Partial<Record<Said, Decimal>>>
  readonly doubled: Said | null
  readonly currencies: readonly string[]
}

/**
 * The adjudication codes of HL7 (terminology.hl7.org/CodeSystem/adjudication), CARIN Blue Button (C4BBAdjudication)
 * and CMS Blue Button (bluebutton.cms.gov/resources/variables), which Synthea writes; the last part of the code.
 */
const CODES: Readonly<Record<string, Said>> = {
  submitted: 'submitted',
  line_sbmtd_chrg_amt: 'submitted',
  eligible: 'allowed',
  line_alowd_chrg_amt: 'allowed',
  paidtoprovider: 'paid',
  line_prvdr_pmt_amt: 'paid',
  benefit: 'benefit',
  discount: 'discount',
  deductible: 'deductible',
  line_bene_ptb_ddctbl_amt: 'deductible',
  coinsurance: 'coinsurance',
  line_coinsrnc_amt: 'coinsurance',
  copay: 'copay',
  noncovered: 'noncovered',
  memberliability: 'memberLiability',
}

/** Reads `item.adjudication` or `total` of an ExplanationOfBenefit (FHIR R4). */
export function readAnswer(parent: Element, key: 'adjudication' | 'total'): Answer {
  const amounts: Partial<Record<Said, Decimal>> = {}
  const currencies = new Set<string>()
  let doubled: Said | null = null
  for (const one of children(parent, key)) {
    const said = codesOf(child(one, 'category')).map(meaning).find(Boolean)
    const amount: Amount | undefined = amountOf(one, 'amount')
    if (!said || !amount) continue
    if (amount.currency) currencies.add(amount.currency)
    const before = amounts[said]
    if (before && !isSame(before, amount.value)) doubled = said
    amounts[said] = amount.value
  }
  return { amounts, doubled, currencies: [...currencies] }
}

function meaning(code: string): Said | undefined {
  return CODES[code.split('/').at(-1)?.toLowerCase() ?? '']
}

function isSame(a: Decimal, b: Decimal): boolean {
  return a.units * 10n ** BigInt(b.scale) === b.units * 10n ** BigInt(a.scale)
}
