import type { Identifier } from '../../identity/known-people.ts'
import type { Gender, PersonName } from '../../identity/patients.ts'
import type { Address } from '../../practice/practices.ts'
import { contentOf } from './canonical.ts'
import { codesOf } from './concepts.ts'
import { currentOf, isPast, ofSystem } from './current.ts'
import { child, children, dayOf, type Element, textOf } from './element.ts'
import { addressIn, identifier, plainText } from './people.ts'
import { referenceOf } from './references.ts'

/** What billing needs of a FHIR Patient. `bornOn` is null when the file gives no whole date. */
export type PatientFacts = PersonName & {
  readonly source: string
  readonly entry: number
  /** What the file calls the resource. */
  readonly name: string
  readonly formerNames: readonly PersonName[]
  readonly bornOn: Temporal.PlainDate | null
  readonly deceasedOn: Temporal.PlainDate | null
  readonly gender: Gender
  readonly email: string | null
  readonly phone: string | null
  readonly address: Address
  readonly recordNumber: string | null
  /** What tells a person from all others: medical record, social security and internal numbers with their systems. */
  readonly identifiers: readonly Identifier[]
  /** The record that replaced this one, and those that it replaced, by their addresses. */
  readonly replacedBy: string | null
  readonly replaces: readonly string[]
  /** A hash of what the resource tells. */
  readonly content: string
}

/** The types of identifiers that are one person's own (HL7 v2-0203); a member or subscriber number is a contract's. */
const OWN = ['MR', 'SS', 'PI']
const NAME_USES = ['official', 'usual', '', 'temp', 'nickname', 'anonymous']

/** Reads a Patient (FHIR R4); what holds by `period` and `use` holds on `today`. */
export function readPatient(
  resource: Element,
  known: { source: string; name: string; entry: number },
  today: Temporal.PlainDate,
): PatientFacts {
  const names = children(resource, 'name')
  const current = currentOf(names, NAME_USES, today) ?? names[0]
  const gender = textOf(resource, 'gender')
  return {
    ...known,
    ...personName(current),
    formerNames: names.filter(name => name !== current && isPast(name, today)).map(personName),
    bornOn: dayOf(resource, 'birthDate') ?? null,
    deceasedOn: dayOf(resource, 'deceasedDateTime') ?? null,
    gender: gender === 'female' || gender === 'male' || gender === 'other' ? gender : 'unknown',
    email: contact(resource, 'email', today),
    phone: contact(resource, 'phone', today),
    address: addressIn(currentOf(children(resource, 'address'), ['home', '', 'temp', 'work', 'billing'], today)),
    recordNumber: identifier(resource, one => codesOf(child(one, 'type')).includes('MR')),
    identifiers: children(resource, 'identifier').flatMap(ownIdentifier),
    ...linksOf(resource),
    content: contentOf(resource),
  }
}

/** A HumanName in two parts; where it is only text, its last word is the family's. */
function personName(name: Element | undefined): PersonName {
  const given = children(name, 'given').map(plainText).filter(Boolean).join(' ')
  const family = textOf(name, 'family') ?? ''
  const words = (textOf(name, 'text') ?? '').split(/\s+/).filter(Boolean)
  return {
    givenName: given || (family ? '' : words.slice(0, -1).join(' ')),
    familyName: family || (given ? '' : (words.at(-1) ?? '')),
  }
}

function contact(resource: Element, system: string, today: Temporal.PlainDate): string | null {
  const found = currentOf(ofSystem(resource, 'telecom', system), [], today)
  return textOf(found, 'value') ?? null
}

function ownIdentifier(element: Element): Identifier[] {
  const system = textOf(element, 'system')
  const value = textOf(element, 'value')
  const isOwn = codesOf(child(element, 'type')).some(code => OWN.includes(code))
  return isOwn && system && value && textOf(element, 'use') !== 'old' ? [{ system, value }] : []
}

function linksOf(resource: Element): Pick<PatientFacts, 'replacedBy' | 'replaces'> {
  const links = children(resource, 'link').map(link => ({
    type: textOf(link, 'type'),
    target: referenceOf(link, 'other')?.target ?? null,
  }))
  const to = (type: string) => links.flatMap(link => (link.type === type && link.target !== null ? [link.target] : []))
  return { replacedBy: to('replaced-by')[0] ?? null, replaces: to('replaces') }
}
