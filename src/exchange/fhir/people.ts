import type { Address } from '../../practice/practices.ts'
import { codesOf } from './concepts.ts'
import { child, children, type Element, textOf } from './element.ts'

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

/** Reads a Practitioner (FHIR R4). */
export function readPractitioner(resource: Element, source: string): ClinicianFacts {
  const name = bestName(resource)
  const parts = [...children(name, 'prefix'), ...children(name, 'given')].map(plainText)
  const spoken = [...parts, textOf(name, 'family') ?? ''].filter(Boolean).join(' ')
  const npi = identifier(resource, one => textOf(one, 'system') === NPI)
  const degrees = [...children(name, 'suffix').map(plainText), ...children(resource, 'qualification').map(degree)]
  return {
    source,
    name: spoken || textOf(name, 'text') || (npi ? `NPI ${npi}` : source),
    npi,
    credentials: degrees.find(Boolean) ?? null,
  }
}

/** Reads an Organization (FHIR R4). */
export function readOrganization(resource: Element, source: string): OrganizationFacts {
  const insurer = children(resource, 'type').some(type => codesOf(type).some(code => INSURER.includes(code)))
  const name = textOf(resource, 'name') ?? source
  return {
    source,
    name,
    phone: telecom(resource, 'phone'),
    address: addressIn(children(resource, 'address')[0]),
    insurer,
  }
}

function degree(qualification: Element): string {
  return textOf(child(qualification, 'code'), 'text') ?? ''
}

function bestName(resource: Element): Element | undefined {
  const names = children(resource, 'name')
  return (
    names.find(name => textOf(name, 'use') === 'official') ??
    names.find(name => textOf(name, 'use') === 'usual') ??
    names[0]
  )
}

function telecom(resource: Element, system: string): string | null {
  const found = children(resource, 'telecom').find(
    point => textOf(point, 'system') === system && textOf(point, 'use') !== 'old',
  )
  return textOf(found, 'value') ?? null
}

/** The value of the first identifier that is wanted. */
export function identifier(resource: Element, wanted: (identifier: Element) => boolean): string | null {
  return textOf(children(resource, 'identifier').find(wanted), 'value') ?? null
}

/** A FHIR Address in its parts; an empty one where there is none. */
export function addressIn(found: Element | undefined): Address {
  const lines = children(found, 'line').map(plainText).filter(Boolean)
  const city = textOf(found, 'city')
  const state = textOf(found, 'state')
  const postalCode = textOf(found, 'postalCode')
  return {
    ...(lines.length ? { lines } : {}),
    ...(city ? { city } : {}),
    ...(state ? { state } : {}),
    ...(postalCode ? { postalCode } : {}),
  }
}

/** Text without what surrounds it; nothing where it is no text. */
export function plainText(element: Element): string {
  return typeof element.value === 'string' ? element.value.trim() : ''
}
