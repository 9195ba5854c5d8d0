import { LONGEST } from '../../kernel/texts.ts'
import { child, children, type Element, readable, textOf, wordsOf } from './element.ts'
import type { Path } from './locate.ts'
import { addressOf } from './sources.ts'

/** A FHIR Reference: the one address of what it points at, and what the file calls that. */
export type Reference = {
  readonly target: string | null
  /** The reference as the file writes it, as people may read it. */
  readonly named: string | null
  readonly display: string | null
  readonly identifier: string | null
  readonly path: Path
}

export function referenceOf(parent: Element | undefined, key: string): Reference | null {
  const found = child(parent, key)
  return found ? readReference(found) : null
}

export function referencesOf(parent: Element | undefined, key: string): Reference[] {
  return children(parent, key).map(readReference)
}

function readReference(element: Element): Reference {
  const identifier = child(element, 'identifier')
  const named = textOf(element, 'reference') ?? null
  return {
    target: named && addressOf(named, element.origin?.base),
    named: named && (readable(named, {}, LONGEST.name) ?? null),
    display: wordsOf(element, 'display', LONGEST.name) ?? null,
    identifier: wordsOf(identifier, 'value', LONGEST.name) ?? null,
    path: element.path,
  }
}

/** The resource that a `#id` reference means: one contained in the same resource. */
export function containedBy(resource: Element, reference: Reference | null): Element | undefined {
  const id = reference?.target?.startsWith('#') ? reference.target.slice(1) : undefined
  return id ? children(resource, 'contained').find(inner => textOf(inner, 'id') === id) : undefined
}
