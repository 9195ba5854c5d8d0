import { LONGEST } from '../../kernel/texts.ts'
import { codesOf } from './concepts.ts'
import { child, children, type Element, textOf, wordsOf } from './element.ts'
import { type Reference, referenceOf, referencesOf } from './references.ts'

/** What billing needs of a FHIR Coverage. */
export type CoverageFacts = {
  readonly source: string
  readonly beneficiary: Reference | null
  readonly payor: Reference | null
  /** The plan's name where the payor has none. */
  readonly plan: string | null
  readonly memberId: string | null
  readonly status: string | null
  /** Whether it says that nobody insures: the patient pays. */
  readonly selfPay: boolean
}

/** Reads a Coverage (FHIR R4), an entry's own or one contained in a claim. */
export function readCoverage(resource: Element, source: string): CoverageFacts {
  const type = child(resource, 'type')
  return {
    source,
    beneficiary: referenceOf(resource, 'beneficiary'),
    payor: payorOf(resource),
    plan: wordsOf(type, 'text', LONGEST.name) ?? null,
    memberId: wordsOf(resource, 'subscriberId', LONGEST.name) ?? null,
    status: textOf(resource, 'status') ?? null,
    // FHIR R5 says it by a word of its own.
    selfPay:
      textOf(resource, 'kind') === 'self-pay' ||
      codesOf(type).some(code => code === 'pay' || code === 'SELFPAY') ||
      saysNobody(textOf(type, 'text') ?? ''),
  }
}

/** Who pays by it: R4 names payors; R5 an insurer, or by whom it is paid. */
function payorOf(resource: Element): Reference | null {
  const [paying] = children(resource, 'paymentBy')
  return referencesOf(resource, 'payor')[0] ?? referenceOf(resource, 'insurer') ?? referenceOf(paying, 'party')
}

/** Synthea names the absence of insurance as if it were an insurer. */
export function saysNobody(payer: string): boolean {
  return /^(no|none|un)[ _-]?(insurance|insured)$/i.test(payer.trim()) || /^self[ _-]?pay$/i.test(payer.trim())
}
