import { type Place, pointerOf } from '../unreadable.ts'

export type Path = readonly (string | number)[]

const TOKEN =
  /[ \t\r\n]*(?:([{}[\],:])|("(?:[^"\\\p{Cc}]|[\x7f-\x9f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*")|(-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null))/uy

type Frame = { readonly list: boolean; key: string | number; wants: 'key' | 'colon' | 'value' | 'comma' }

/** The place of the value at `path` in a JSON text that starts at `start`; the start itself when it is not there. */
export function locate(text: string, path: Path, start: Place): Place {
  const wanted = pointerOf(path)
  const found = walk(text, (frames, offset) => (pointerOf(frames.map(f => f.key)) === wanted ? offset : undefined))
  return { ...placeAt(text, found.stoppedAt ?? 0, start), pointer: start.pointer + wanted }
}

/** The place, and the offset in the text, where a text that `JSON.parse` refused stops being JSON. */
export function locateError(text: string, start: Place): Place & { readonly offset: number } {
  const offset = walk(text, () => undefined).brokenAt ?? 0
  return { ...placeAt(text, offset, start), offset }
}

/** Walks the tokens of a JSON text, offering each value's path and offset, until the visitor answers or the text breaks. */
function walk(
  text: string,
  visit: (frames: readonly Frame[], offset: number) => number | undefined,
): { stoppedAt?: number; brokenAt?: number } {
  const frames: Frame[] = []
  TOKEN.lastIndex = 0
  let at = 0
  for (let match = TOKEN.exec(text); match; match = TOKEN.exec(text)) {
    const token = match[1] ?? match[2] ?? match[3] ?? ''
    const offset = TOKEN.lastIndex - token.length
    if (!fits(frames.at(-1), token)) return { brokenAt: offset }
    at = TOKEN.lastIndex
    const stoppedAt = take(frames, token, offset, visit)
    if (stoppedAt !== undefined) return { stoppedAt }
  }
  return { brokenAt: at + (/^[ \t\r\n]*/.exec(text.slice(at))?.[0].length ?? 0) }
}

function fits(frame: Frame | undefined, token: string): boolean {
  if (!frame) return token !== '}' && token !== ']' && token !== ',' && token !== ':'
  if (token === '}') return !frame.list && frame.wants !== 'colon' && frame.wants !== 'value'
  if (token === ']') return frame.list
  if (token === ',') return frame.wants === 'comma'
  if (token === ':') return frame.wants === 'colon'
  return frame.wants === 'value' || (frame.wants === 'key' && token.startsWith('"'))
}

function take(
  frames: Frame[],
  token: string,
  offset: number,
  visit: (frames: readonly Frame[], offset: number) => number | undefined,
): number | undefined {
  const frame = frames.at(-1)
  if (token === '}' || token === ']') {
    frames.pop()
    return undefined
  }
  if (frame && token === ',') {
    frame.wants = frame.list ? 'value' : 'key'
    if (typeof frame.key === 'number') frame.key++
    return undefined
  }
  if (frame && token === ':') {
    frame.wants = 'value'
    return undefined
  }
  if (frame?.wants === 'key') {
    frame.key = String(JSON.parse(token))
    frame.wants = 'colon'
    return undefined
  }
  if (frame) frame.wants = 'comma'
  const found = visit(frames, offset)
  if (found === undefined && (token === '{' || token === '['))
    frames.push({ list: token === '[', key: token === '[' ? 0 : '', wants: token === '[' ? 'value' : 'key' })
  return found
}

function placeAt(text: string, offset: number, start: Place): Place {
  const before = text.slice(0, offset)
  const lastBreak = before.lastIndexOf('\n')
  const lines = before.split('\n').length - 1
  const column = lastBreak < 0 ? start.column + offset : offset - lastBreak
  return { pointer: start.pointer, line: start.line + lines, column }
}
