import type { Gender } from '../../identity/patients.ts'
import type { Address } from '../../practice/practices.ts'
import { codesOf } from './concepts.ts'
import { child, children, dayOf, type Element, textOf } from './element.ts'

/** What billing needs of a FHIR Patient. `bornOn` is null when the file gives no whole date. */
export type PatientFacts = {
  readonly source: string
  readonly entry: number
  readonly givenName: string
  readonly familyName: string
  readonly bornOn: Temporal.PlainDate | null
  readonly deceasedOn: Temporal.PlainDate | null
  readonly gender: Gender
  readonly email: string | null
  readonly phone: string | null
  readonly address: Address
  readonly recordNumber: string | null
}

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

/** Reads a Patient (FHIR R4). */
export function readPatient(resource: Element, source: string, entry: number): PatientFacts {
  const name = bestName(resource)
  const given = children(name, 'given').map(plainText).filter(Boolean).join(' ')
  const family = textOf(name, 'family') ?? ''
  const words = (textOf(name, 'text') ?? '').split(/\s+/).filter(Boolean)
  const gender = textOf(resource, 'gender')
  return {
    source,
    entry,
    givenName: given || (family ? '' : words.slice(0, -1).join(' ')),
    familyName: family || (given ? '' : (words.at(-1) ?? '')),
    bornOn: dayOf(resource, 'birthDate') ?? null,
    deceasedOn: dayOf(resource, 'deceasedDateTime') ?? null,
    gender: gender === 'female' || gender === 'male' || gender === 'other' ? gender : 'unknown',
    email: telecom(resource, 'email'),
    phone: telecom(resource, 'phone'),
    address: address(resource),
    recordNumber: identifier(resource, one => codesOf(child(one, 'type')).includes('MR')),
  }
}

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
  return { source, name, phone: telecom(resource, 'phone'), address: address(resource), insurer }
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

function identifier(resource: Element, wanted: (identifier: Element) => boolean): string | null {
  return textOf(children(resource, 'identifier').find(wanted), 'value') ?? null
}

function address(resource: Element): Address {
  const found = children(resource, 'address')[0]
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

function plainText(element: Element): string {
  return typeof element.value === 'string' ? element.value.trim() : ''
}
