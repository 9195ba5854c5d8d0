/** How long texts of others may be: what is a heading, what is a name, and all else. */
export const LONGEST = { title: 300, name: 200, other: 2_000 } as const

const OPENS = '\u202a\u202b\u202d\u202e\u2066\u2067\u2068'
const ISOLATES = '\u2066\u2067\u2068'
const POP = '\u202c'
const POP_ISOLATE = '\u2069'

/** A text of others as one line without characters of control: each run of those and of spaces is one space. */
export function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\p{Zl}\p{Zp}\s]+/gu, ' ').trim()
}

/** At most so many characters, none of them halved; what is left out is told by "…". */
export function shortened(text: string, most: number): string {
  if (text.length <= most) return text
  const characters = [...text]
  return characters.length <= most
    ? text
    : `${characters
        .slice(0, most - 1)
        .join('')
        .trimEnd()}…`
}

/**
 * A text whose marks of direction end with it: wrapped as an isolate, with each mark closed and none closed that it did
 * not open (Unicode Standard Annex 9). What holds no such marks stays as it is.
 */
export function isolated(text: string): string {
  if (!/[\u202a-\u202e\u2066-\u2069]/.test(text)) return text
  const open: string[] = []
  let kept = ''
  for (const mark of text) {
    if (mark === POP || mark === POP_ISOLATE) {
      if (open.at(-1) !== mark) continue
      open.pop()
    } else if (OPENS.includes(mark)) open.push(ISOLATES.includes(mark) ? POP_ISOLATE : POP)
    kept += mark
  }
  return isWrapped(kept) ? kept : `\u2068${kept}${open.reverse().join('')}${POP_ISOLATE}`
}

/** A line as it may be shown on a terminal: what would steer it, break it or turn its direction is written out, but for tabs. */
export function forTerminal(line: string): string {
  return line.replace(
    /(?!\t)[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/gu,
    mark => `\\u${(mark.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`,
  )
}

/** Whether a text is one isolate from its first character to its last. */
function isWrapped(text: string): boolean {
  if (!text.startsWith('\u2068') || !text.endsWith(POP_ISOLATE)) return false
  let depth = 0
  for (const [at, mark] of [...text].entries()) {
    if (ISOLATES.includes(mark)) depth++
    if (mark === POP_ISOLATE) depth--
    if (depth === 0) return at === [...text].length - 1
  }
  return false
}
