import { LONGEST, shortened } from '../../kernel/texts.ts'
import type { Address } from '../../practice/practices.ts'
import { codesOf } from './concepts.ts'
import { allCurrent, currentOf } from './current.ts'
import { child, children, type Element, readable, textOf, wordsOf } from './element.ts'

/** What billing needs of a FHIR Practitioner. */
export type ClinicianFacts = {
  readonly source: string
  readonly name: string
  readonly npi: string | null
  readonly credentials: string | null
}

/** What billing needs of a FHIR Organization. */
export type OrganizationFacts = {
  readonly source: string
  readonly name: string
  readonly phone: string | null
  readonly address: Address
  /** Whether it insures: a payer is no place where care is given. */
  readonly insurer: boolean
}

export const NPI = 'http://hl7.org/fhir/sid/us-npi'
const INSURER = ['pay', 'payer', 'ins', 'insco']

const NAME_USES = ['official', 'usual', '', 'temp', 'nickname', 'anonymous']

/** Reads a Practitioner (FHIR R4) as they are called today. */
export function readPractitioner(resource: Element, source: string, today: Temporal.PlainDate): ClinicianFacts {
  const name = currentName(resource, today)
  const parts = [...children(name, 'prefix'), ...children(name, 'given')].map(plainText)
  const spoken = [...parts, wordsOf(name, 'family', LONGEST.name) ?? ''].filter(Boolean).join(' ')
  const npi = identifier(resource, one => textOf(one, 'system') === NPI)
  const degrees = [...children(name, 'suffix').map(plainText), ...children(resource, 'qualification').map(degree)]
  return {
    source,
    name:
      readable(spoken, resource, LONGEST.name) ||
      wordsOf(name, 'text', LONGEST.name) ||
      (npi ? `NPI ${npi}` : shortened(source, LONGEST.name)),
    npi,
    credentials: degrees.find(Boolean) ?? null,
  }
}

/** Reads an Organization (FHIR R4) with what holds today of where it is. */
export function readOrganization(resource: Element, source: string, today: Temporal.PlainDate): OrganizationFacts {
  const insurer = children(resource, 'type').some(type => codesOf(type).some(code => INSURER.includes(code)))
  const [phone] = contacts(resource, 'phone', today)
  return {
    source,
    name: wordsOf(resource, 'name', LONGEST.name) ?? shortened(source, LONGEST.name),
    phone: phone ?? null,
    address: addressIn(currentOf(children(resource, 'address'), ADDRESS_USES, today)),
    insurer,
  }
}

function degree(qualification: Element): string {
  return wordsOf(child(qualification, 'code'), 'text', LONGEST.name) ?? ''
}

/** What somebody is called today: officially, where they have such a name. */
export function currentName(resource: Element, today: Temporal.PlainDate): Element | undefined {
  const names = children(resource, 'name')
  return currentOf(names, NAME_USES, today) ?? names[0]
}

/** By what a system reaches somebody today, the best first. */
export function contacts(resource: Element, system: string, today: Temporal.PlainDate): string[] {
  const points = children(resource, 'telecom').filter(one => textOf(one, 'system') === system)
  return allCurrent(points, [], today).flatMap(one => wordsOf(one, 'value') ?? [])
}

/** The value of the first identifier that is wanted. */
export function identifier(resource: Element, wanted: (identifier: Element) => boolean): string | null {
  return wordsOf(children(resource, 'identifier').find(wanted), 'value', LONGEST.name) ?? null
}

/** The uses of an address, the one where somebody lives first. */
export const ADDRESS_USES = ['home', '', 'temp', 'work', 'billing']

/** A FHIR Address in its parts, or in the lines of its text; an empty one where there is none. */
export function addressIn(found: Element | undefined): Address {
  const city = wordsOf(found, 'city', LONGEST.name)
  const state = wordsOf(found, 'state', LONGEST.name)
  const postalCode = wordsOf(found, 'postalCode', LONGEST.name)
  const written = children(found, 'line').map(plainText).filter(Boolean)
  const isInParts = written.length > 0 || city !== undefined || postalCode !== undefined
  const lines = isInParts ? written : textLines(found)
  return {
    ...(lines.length ? { lines } : {}),
    ...(city ? { city } : {}),
    ...(state ? { state } : {}),
    ...(postalCode ? { postalCode } : {}),
  }
}

function textLines(found: Element | undefined): string[] {
  const lines = (textOf(found, 'text') ?? '').split(/[\r\n]+/)
  return lines.flatMap(line => readable(line, found, LONGEST.name) ?? []).slice(0, MOST_LINES)
}

const MOST_LINES = 10

/** Text as people read it; nothing where it is no text. */
export function plainText(element: Element): string {
  return typeof element.value === 'string' ? (readable(element.value, element, LONGEST.name) ?? '') : ''
}
