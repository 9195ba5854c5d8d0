import { type Face, showable } from './fonts.ts'

export const INK = '#1b242b'
export const QUIET = '#545d64'

export type Style = { size: number; strong?: boolean; color?: string }

/** A face in one document: which of its letters are embedded, under which numbers. pdfkit's own object, used directly. */
export type Pen = {
  readonly face: Face
  readonly embedded: Embedded
  readonly codes: Map<number, string>
}

type Embedded = {
  readonly id: string
  readonly subset: { includeGlyph(id: number): number }
  readonly widths: number[]
  readonly unicode: number[][]
  ref(): PDFKit.PDFKitReference
}

/** What a line is written on. */
type Surface = { readonly doc: PDFKit.PDFDocument; readonly pens: { readonly body: Pen; readonly strong: Pen } }

/** Prepares both weights for a document; only what is written with them is embedded. */
export function pensFor(
  doc: PDFKit.PDFDocument,
  faces: Record<'body' | 'strong', Face>,
): Record<'body' | 'strong', Pen> {
  const pen = (face: Face, name: string): Pen => {
    doc.font(face.source as unknown as Buffer, name)
    return { face, embedded: (doc as PDFKit.PDFDocument & { _font: Embedded })._font, codes: new Map() }
  }
  return { body: pen(faces.body, 'body'), strong: pen(faces.strong, 'strong') }
}

/** How wide this text is in a style, in points. */
export function widthOf(paper: Surface, text: string, { size, strong }: Style): number {
  const { face } = strong ? paper.pens.strong : paper.pens.body
  let width = 0
  for (let i = 0; i < text.length; i++) width += face.glyph(text.charCodeAt(i))?.width ?? 0
  return (width * size) / 1000
}

/** One line with its top at a place, never wrapped. Text comes from `wrap` or `showable`. */
export function writeLine(paper: Surface, text: string, style: Style, x: number, top: number): void {
  if (!text) return
  const { doc } = paper
  const pen = style.strong ? paper.pens.strong : paper.pens.body
  const page = doc.page as typeof doc.page & { fonts: Record<string, unknown> }
  page.fonts[pen.embedded.id] ??= pen.embedded.ref()
  let codes = ''
  for (let i = 0; i < text.length; i++) codes += codeOf(pen, text.charCodeAt(i))
  const baseline = top + (pen.face.ascent * style.size) / 1000
  const font = `/${pen.embedded.id} ${style.size} Tf ${rgbOf(style.color ?? INK)} rg`
  doc.addContent(`BT ${font} 1 0 0 -1 ${x.toFixed(2)} ${baseline.toFixed(2)} Tm <${codes}> Tj ET`)
}

/** The letter's number in this document, noted with its width and meaning when it is first used. */
function codeOf({ face, embedded, codes }: Pen, codePoint: number): string {
  let code = codes.get(codePoint)
  if (code === undefined) {
    const glyph = face.glyph(codePoint)
    if (!glyph) return ''
    const id = embedded.subset.includeGlyph(glyph.id)
    embedded.widths[id] = glyph.width
    embedded.unicode[id] = [codePoint]
    code = id.toString(16).padStart(4, '0')
    codes.set(codePoint, code)
  }
  return code
}

const colors = new Map<string, string>()

function rgbOf(hex: string): string {
  let rgb = colors.get(hex)
  if (!rgb) {
    rgb = [1, 3, 5].map(at => (Number.parseInt(hex.slice(at, at + 2), 16) / 255).toFixed(3)).join(' ')
    if (colors.size < 100) colors.set(hex, rgb)
  }
  return rgb
}

export type Lines = { lines: string[]; lossy: boolean; full: string }

/** Text cut into lines of this width; a word wider than the line is broken, and after `most` lines the rest is left out. */
export function wrap(paper: Surface, text: string, style: Style, width: number, most = 24): Lines {
  const { text: shown, lossy } = showable(text)
  if (widthOf(paper, shown, style) <= width) return { lines: shown.trim() ? [shown.trim()] : [], lossy, full: text }
  const space = widthOf(paper, ' ', style)
  const lines: string[] = []
  let line = ''
  let used = 0
  for (const word of shown.split(/ +/).filter(Boolean)) {
    const wide = widthOf(paper, word, style)
    if (line && used + space + wide <= width) {
      line += ` ${word}`
      used += space + wide
      continue
    }
    if (line) lines.push(line)
    line = wide <= width ? word : breakWord(paper, word, style, width, lines)
    used = widthOf(paper, line, style)
  }
  if (line) lines.push(line)
  if (lines.length <= most) return { lines, lossy, full: text }
  return { lines: [...lines.slice(0, most - 1), '…'], lossy: true, full: text }
}

/** Pushes the full lines of a word that is too wide, and returns what is left of it. */
function breakWord(paper: Surface, word: string, style: Style, width: number, lines: string[]): string {
  let piece = ''
  for (const char of word) {
    if (piece && widthOf(paper, piece + char, style) > width) {
      lines.push(piece)
      piece = ''
      if (lines.length > 60) return '…'
    }
    piece += char
  }
  return piece
}
