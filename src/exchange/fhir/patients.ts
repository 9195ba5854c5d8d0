import { readEmail } from '../../identity/emails.ts'
import type { Identifier } from '../../identity/known-people.ts'
import type { Death, Gender, PersonName } from '../../identity/patients.ts'
import { Refusal } from '../../kernel/refusal.ts'
import { LONGEST } from '../../kernel/texts.ts'
import type { Address } from '../../practice/practices.ts'
import { contentOf } from './canonical.ts'
import { codesOf } from './concepts.ts'
import { currentOf, isPast } from './current.ts'
import { child, children, dayOf, type Element, instantOf, readable, textOf, wordsOf } from './element.ts'
import { ADDRESS_USES, addressIn, contacts, currentName, identifier, plainText } from './people.ts'
import { referenceOf } from './references.ts'

/** What billing needs of a FHIR Patient. `bornOn` is null when the file gives no whole date. */
export type PatientFacts = PersonName & {
  readonly source: string
  readonly entry: number
  /** What the file calls the resource. */
  readonly name: string
  readonly formerNames: readonly PersonName[]
  readonly suffix: string | null
  readonly bornOn: Temporal.PlainDate | null
  /** Whether they died, and when; null where the file does not say. */
  readonly death: Death | null
  readonly gender: Gender
  readonly email: string | null
  readonly phone: string | null
  readonly address: Address
  readonly recordNumber: string | null
  readonly writtenThereAt: Temporal.Instant | null
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

/** Reads a Patient (FHIR R4); what holds by `period` and `use` holds on `today`. */
export function readPatient(
  resource: Element,
  known: { source: string; name: string; entry: number },
  today: Temporal.PlainDate,
): PatientFacts {
  const names = children(resource, 'name')
  const current = currentName(resource, today)
  const [phone] = contacts(resource, 'phone', today)
  const gender = textOf(resource, 'gender')
  return {
    ...known,
    ...personName(current),
    formerNames: names.filter(name => isPast(name, today)).map(personName),
    bornOn: dayOf(resource, 'birthDate') ?? null,
    suffix: children(current, 'suffix').map(plainText).filter(Boolean).join(', ') || null,
    death: deathOf(resource),
    gender: gender === 'female' || gender === 'male' || gender === 'other' ? gender : 'unknown',
    email: emailOf(resource, today),
    phone: phone ?? null,
    address: addressIn(currentOf(children(resource, 'address'), ADDRESS_USES, today)),
    recordNumber: identifier(resource, one => codesOf(child(one, 'type')).includes('MR')),
    writtenThereAt: instantOf(child(resource, 'meta'), 'lastUpdated') ?? null,
    identifiers: children(resource, 'identifier').flatMap(ownIdentifier),
    ...linksOf(resource),
    content: contentOf(resource),
  }
}

/** A HumanName in two parts; where it is only text, its last word is the family's. */
function personName(name: Element | undefined): PersonName {
  const given = readable(children(name, 'given').map(plainText).filter(Boolean).join(' '), name, LONGEST.name) ?? ''
  const family = wordsOf(name, 'family', LONGEST.name) ?? ''
  const words = (wordsOf(name, 'text', LONGEST.name) ?? '').split(/\s+/).filter(Boolean)
  return {
    givenName: given || (family ? '' : words.slice(0, -1).join(' ')),
    familyName: family || (given ? '' : (words.at(-1) ?? '')),
  }
}

/** Their address of mail; one that is none, or hides a character, is told and left out. */
function emailOf(resource: Element, today: Temporal.PlainDate): string | null {
  for (const typed of contacts(resource, 'email', today)) {
    try {
      return readEmail(typed)
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      const why = error.code === 'email.invisible' ? 'holds a character that cannot be seen' : 'is none'
      resource.origin?.note(`Its address of mail ${why}; it is left out.`)
    }
  }
  return null
}

/** Either form of the element; a day that is not whole is a death all the same. */
function deathOf(resource: Element): Death | null {
  if (child(resource, 'deceasedDateTime')) return { died: true, on: dayOf(resource, 'deceasedDateTime') ?? null }
  const said = child(resource, 'deceasedBoolean')?.value
  return typeof said === 'boolean' ? { died: said, on: null } : null
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
