/** Where in a file something stands: its path inside the JSON, and line and column counted from 1. */
export type Place = { readonly pointer: string; readonly line: number; readonly column: number }

/** A file that is refused whole: why, in a sentence for the person who sent it, and where. */
export class Unreadable extends Error {
  readonly why: string
  readonly at: Place | null

  constructor(why: string, at: Place | null) {
    super(why)
    this.name = 'Unreadable'
    this.why = why
    this.at = at
  }
}

/** A place as the report names it: `/entry/3/resource/total (line 40, column 12)`. */
export function placeText(at: Place): string {
  const spot = `line ${at.line}, column ${at.column}`
  return at.pointer === '' ? spot : `${at.pointer} (${spot})`
}

/** A path of keys and indexes as a JSON pointer (RFC 6901). */
export function pointerOf(path: readonly (string | number)[]): string {
  return path.map(step => `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')
}
