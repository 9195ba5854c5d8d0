/**
 * What a refused request was: `malformed` could not be read (400), `forbidden` came from elsewhere (403),
 * `absent` is unknown or not yours, which read the same (404), `conflict` was overtaken (409),
 * `invalid` was read and cannot be done as asked (422), `limited` came too often (429).
 */
export type RefusalKind = 'malformed' | 'forbidden' | 'absent' | 'conflict' | 'invalid' | 'limited'

export type RefusalValues = Readonly<Record<string, string | number | bigint>>

/** A request that is refused; the face finds the sentence in words/ by `refusal.{code}` and names no health facts. */
export class Refusal extends Error {
  readonly kind: RefusalKind
  readonly code: string
  readonly values: RefusalValues
  /** The form field the sentence belongs beside, where there is one. */
  readonly field: string | undefined

  constructor(kind: RefusalKind, code: string, values: RefusalValues = {}, field?: string) {
    super(`${kind}: ${code}`)
    this.name = 'Refusal'
    this.kind = kind
    this.code = code
    this.values = values
    this.field = field
  }
}

/** A broken promise of our own code: stops the work before anything wrong is written. */
export function assert(condition: unknown, promise: string): asserts condition {
  if (!condition) throw new Error(`broken promise: ${promise}`)
}

/** For switches over closed unions. */
export function never(value: never): never {
  throw new Error(`broken promise: unexpected ${JSON.stringify(value)}`)
}
