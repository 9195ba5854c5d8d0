import { children, type Element, textOf, wordsOf } from './element.ts'

/** A code with the words people know it by. */
export type Concept = { readonly code: string | null; readonly system: string | null; readonly display: string }

const ABSENT = 'http://terminology.hl7.org/CodeSystem/data-absent-reason'
/** The kinds that SNOMED CT writes behind its terms: for coders, not for patients. */
const KIND =
  / \((procedure|finding|disorder|situation|regime\/therapy|observable entity|event|person|substance|product|physical object|record artifact|qualifier value|environment|context-dependent category|morphologic abnormality)\)$/i

/** A CodeableConcept in its own words: its text, else a coding's display, else the code. */
export function conceptOf(concept: Element | undefined): Concept | undefined {
  if (!concept) return undefined
  const codings = children(concept, 'coding').filter(coding => textOf(coding, 'system') !== ABSENT)
  const coding = codings[0]
  const code = textOf(coding, 'code') ?? null
  const words = wordsOf(concept, 'text') ?? codings.map(one => wordsOf(one, 'display')).find(Boolean) ?? code
  return words ? { code, system: textOf(coding, 'system') ?? null, display: plainWords(words) } : undefined
}

/** "Well child visit (procedure)" as a patient reads it: without the kind behind. */
function plainWords(words: string): string {
  return words.replace(KIND, '').trim() || words
}

/** All codes of a CodeableConcept, without their systems. */
export function codesOf(concept: Element | undefined): string[] {
  return children(concept, 'coding')
    .map(coding => textOf(coding, 'code'))
    .filter(code => code !== undefined)
}

/** A code with the system that gives it its meaning. */
export type Coding = { readonly code: string; readonly system: string }

/** The codings of a CodeableConcept that have a code. */
export function codingsOf(concept: Element | undefined): Coding[] {
  return children(concept, 'coding').flatMap(coding => {
    const code = textOf(coding, 'code')
    return code ? [{ code, system: textOf(coding, 'system') ?? '' }] : []
  })
}
