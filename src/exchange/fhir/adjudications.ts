import { apartDecimals, compareDecimals, type Decimal, exactText } from '../../kernel/money.ts'
import { adjustmentOf, isInformation, isPatients, lastPart } from './adjudication-codes.ts'
import { type Coding, codingsOf } from './concepts.ts'
import { amountOf, child, children, type Element, textOf } from './element.ts'

/** What an insurer can say about a line. */
export type Said =
  | 'submitted'
  | 'allowed'
  | 'paid'
  | 'benefit'
  | 'priorPaid'
  | 'discount'
  | 'deductible'
  | 'coinsurance'
  | 'copay'
  | 'noncovered'
  | 'memberLiability'
  | 'paidToPatient'
  | 'paidByPatient'

export type Amounts = Readonly<Partial<Record<Said, Decimal>>>

/** An amount that was taken off under a code of its own, such as CO-253. */
export type Reduction = { readonly code: string; readonly amount: Decimal }

/** What an insurer says of one line, or of the whole claim. */
export type Answer = {
  readonly amounts: Amounts
  /** Whether it says that what is not covered is the patient's. */
  readonly isNoncoveredTheirs: boolean
  readonly reductions: readonly Reduction[]
  /** What keeps it from being used, a sentence each: a figure below zero, one said twice and differently. */
  readonly wrong: readonly string[]
  /** Its amounts above zero of kinds that are not known. */
  readonly unknown: readonly string[]
  /** The currencies it is said in. */
  readonly currencies: readonly string[]
}

export const NO_ANSWER: Answer = {
  amounts: {},
  isNoncoveredTheirs: false,
  reductions: [],
  wrong: [],
  unknown: [],
  currencies: [],
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
  line_nch_pmt_amt: 'benefit',
  priorpayerpaid: 'priorPaid',
  line_bene_prmry_pyr_pd_amt: 'priorPaid',
  discount: 'discount',
  deductible: 'deductible',
  line_bene_ptb_ddctbl_amt: 'deductible',
  coinsurance: 'coinsurance',
  line_coinsrnc_amt: 'coinsurance',
  copay: 'copay',
  noncovered: 'noncovered',
  memberliability: 'memberLiability',
  paidtopatient: 'paidToPatient',
  line_bene_pmt_amt: 'paidToPatient',
  paidbypatient: 'paidByPatient',
}

/** What each is called in a sentence. */
export const NAMES: Readonly<Record<Said, string>> = {
  submitted: 'submitted',
  allowed: 'allowed',
  paid: 'paid to the provider',
  benefit: 'benefit',
  priorPaid: 'paid by a prior payer',
  discount: 'discount',
  deductible: 'deductible',
  coinsurance: 'coinsurance',
  copay: 'copay',
  noncovered: 'not covered',
  memberLiability: 'member liability',
  paidToPatient: 'paid to the patient',
  paidByPatient: 'paid by the patient',
}

type Draft = {
  amounts: Map<Said, Decimal>
  reductions: Map<string, Decimal>
  wrong: string[]
  unknown: string[]
  currencies: Set<string>
}

/** Reads adjudications of an ExplanationOfBenefit (FHIR R4): of an item, or of the header with its totals. */
export function readAnswer(adjudications: readonly Element[]): Answer {
  const draft: Draft = { amounts: new Map(), reductions: new Map(), wrong: [], unknown: [], currencies: new Set() }
  for (const one of adjudications) readOne(draft, one)
  const { amounts, reductions, wrong, unknown, currencies } = draft
  return {
    amounts: Object.fromEntries(amounts),
    isNoncoveredTheirs: marksTheirs(adjudications),
    reductions: [...reductions].map(([code, amount]) => ({ code, amount })),
    wrong,
    unknown,
    currencies: [...currencies],
  }
}

function readOne(draft: Draft, one: Element): void {
  const amount = amountOf(one, 'amount')
  if (!amount) return
  if (amount.currency) draft.currencies.add(amount.currency)
  const { value } = amount
  const category = codingsOf(child(one, 'category'))
  const said = saidBy(category)
  const adjusted = said ? undefined : adjustmentOf(category, codingsOf(child(one, 'reason')))
  const isTheirs = adjusted !== undefined && typeof adjusted !== 'string'
  const name = said ? NAMES[said] : isTheirs ? NAMES[adjusted.said] : (adjusted ?? codeName(one, category))
  if (value.units < 0n) draft.wrong.push(`It has a figure below zero: ${name} ${exactText(value)}.`)
  else if (said) note(draft, draft.amounts, said, value, name)
  else if (isTheirs) note(draft, draft.amounts, adjusted.said, value, name)
  else if (adjusted) note(draft, draft.reductions, adjusted, value, name)
  else if (value.units > 0n && !isInformation(category)) draft.unknown.push(`${name} ${exactText(value)}`)
}

function note<Key>(draft: Draft, found: Map<Key, Decimal>, key: Key, value: Decimal, name: string): void {
  const before = found.get(key)
  if (before && compareDecimals(before, value) !== 0)
    draft.wrong.push(`The insurer names two amounts as ${name}: ${exactText(before)} and ${exactText(value)}.`)
  found.set(key, value)
}

function saidBy(category: readonly Coding[]): Said | undefined {
  return category.map(({ code }) => CODES[lastPart(code)]).find(said => said !== undefined)
}

/** What is not covered is the patient's where its own reason says so, or that of the line, or an adjustment is theirs. */
function marksTheirs(adjudications: readonly Element[]): boolean {
  const marks = adjudications.map(one => {
    const category = codingsOf(child(one, 'category'))
    const reason = codingsOf(child(one, 'reason'))
    if (saidBy(category) === 'noncovered') return isPatients(reason)
    const adjusted = adjustmentOf(category, reason)
    if (adjusted !== undefined && typeof adjusted !== 'string') return adjusted.said === 'noncovered'
    return !child(one, 'amount') && category.some(({ code }) => lastPart(code) === 'adjustmentreason')
      ? isPatients(reason)
      : false
  })
  return marks.includes(true)
}

/** What an unknown kind calls itself, with its reasons: they say what an adjustment is for. */
function codeName(one: Element, category: readonly Coding[]): string {
  const name = category.at(-1)?.code ?? textOf(child(one, 'category'), 'text') ?? 'without a category'
  return [name, ...codingsOf(child(one, 'reason')).map(({ code }) => code)].join(' ')
}

/** Whether two exact amounts are one, as domain.md counts: to within a cent, or a cent for each of some lines. */
export function isEqual(a: Decimal, b: Decimal, lines = 1): boolean {
  return compareDecimals(apartDecimals(a, b), { units: BigInt(lines), scale: 2 }) <= 0
}

/** The figures of an answer as a sentence names them. */
export function figuresOf({ amounts, reductions }: Answer): string {
  const said = (Object.keys(NAMES) as Said[]).flatMap(key => {
    const amount = amounts[key]
    return amount ? [`${NAMES[key]} ${exactText(amount)}`] : []
  })
  return [...said, ...reductions.map(({ code, amount }) => `${code} ${exactText(amount)}`)].join(', ')
}

/** The elements that say what an insurer says of the whole claim. */
export function headerOf(explanation: Element): Element[] {
  return [...children(explanation, 'total'), ...children(explanation, 'adjudication')]
}
