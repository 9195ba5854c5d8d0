import { type Place, pointerOf, Unreadable } from '../unreadable.ts'

/** Deeper nesting than any FHIR resource has; more would exhaust the readers' stack. */
const MOST_DEPTH = 400

export type Expecting =
  | 'root'
  | 'first-key'
  | 'key'
  | 'colon'
  | 'member'
  | 'after-member'
  | 'first'
  | 'element'
  | 'after-element'
  | 'nothing'
export type Capture = 'none' | 'string' | 'container' | 'scalar'

/** How far a scan has come: what it expects next, and the value it is in the middle of. */
export type Scan = {
  expecting: Expecting
  capture: Capture
  /** The member being read, and which of its elements. */
  key: string
  index: number
  parts: Uint8Array[]
  bytes: number
  depth: number
  inString: boolean
  escaped: boolean
  line: number
  column: number
  at: Place
}

export function newScan(): Scan {
  const at = { pointer: '', line: 1, column: 1 }
  const text = { parts: [], bytes: 0, depth: 0, inString: false, escaped: false }
  return { expecting: 'root', capture: 'none', key: '', index: 0, ...text, line: 1, column: 1, at }
}

/**
 * Where a captured string or container ends, just behind its last byte; -1 where the chunk ends first. Most bytes of a file
 * pass here, so what is counted is counted in locals.
 */
export function valueEnd(scan: Scan, chunk: Uint8Array, start: number): number {
  const isString = scan.capture === 'string'
  let { inString, escaped, depth, line, column } = scan
  let end = -1
  for (let i = start; i < chunk.length && end < 0; i++) {
    const byte = chunk[i] ?? 0
    if (byte === 0x0a) {
      line++
      column = 1
    } else if ((byte & 0xc0) !== 0x80) column += byte >= 0xf0 ? 2 : 1
    if (escaped) escaped = false
    else if (inString) {
      if (byte === 0x5c) escaped = true
      else if (byte === 0x22) {
        inString = false
        if (isString) end = i + 1
      }
    } else if (byte === 0x22) inString = true
    else if (byte === 0x7b || byte === 0x5b) {
      if (++depth > MOST_DEPTH) throw notJson(`it nests deeper than ${MOST_DEPTH} levels`, scan.at)
    } else if ((byte === 0x7d || byte === 0x5d) && --depth === 0) end = i + 1
  }
  Object.assign(scan, { inString, escaped, depth, line, column })
  return end
}

export function path(scan: Scan): (string | number)[] {
  if (scan.expecting === 'root' || scan.expecting === 'key' || scan.expecting === 'first-key') return []
  return ['element', 'first', 'after-element'].includes(scan.expecting) ? [scan.key, scan.index] : [scan.key]
}

export function here(scan: Scan, steps: readonly (string | number)[]): Place {
  return { pointer: pointerOf(steps), line: scan.line, column: scan.column }
}

/** Lines and columns, counted as JavaScript counts them: continuation bytes add nothing, four-byte characters two. */
export function advance(scan: Scan, byte: number): void {
  if (byte === 0x0a) {
    scan.line++
    scan.column = 1
  } else if ((byte & 0xc0) !== 0x80) scan.column += byte >= 0xf0 ? 2 : 1
}

export function isSpace(byte: number): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09
}

export function endsScalar(byte: number): boolean {
  return isSpace(byte) || byte === 0x2c || byte === 0x7d || byte === 0x5d
}

/** The refusal of a file that is no JSON, with what is wrong. */
export function notJson(what: string, at: Place): Unreadable {
  return new Unreadable(`The file is not JSON: ${what}.`, at)
}
