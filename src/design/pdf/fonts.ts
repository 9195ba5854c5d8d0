import PDFDocument from 'pdfkit'
import regular from './fonts/atkinson-regular.ttf?inline'
import semibold from './fonts/atkinson-semibold.ttf?inline'

/** One weight of the document typeface, parsed once for all documents: parsing costs more than a whole document. */
export type Face = {
  /** What pdfkit embeds. */
  readonly source: Source
  /** From the top of a line to the feet of its letters, in thousandths of the size. */
  readonly ascent: number
  glyph(codePoint: number): Glyph | undefined
}

/** A letter's number in the font, and its width in thousandths of the size. */
export type Glyph = { readonly id: number; readonly width: number }
export type Faces = { readonly body: Face; readonly strong: Face }

/** The part of pdfkit's own font parser that is used here. */
type Source = {
  readonly ascent: number
  readonly unitsPerEm: number
  hasGlyphForCodePoint(codePoint: number): boolean
  glyphForCodePoint(codePoint: number): { id: number; advanceWidth: number }
  readonly numGlyphs: number
  getGlyph(id: number): { _decode(): unknown }
}

let faces: Faces | undefined

/** The document typeface in its two weights. */
export function documentFaces(): Faces {
  faces ??= { body: parse(regular), strong: parse(semibold) }
  return faces
}

function parse(dataUrl: string): Face {
  const parser = new PDFDocument({ autoFirstPage: false }) as PDFKit.PDFDocument & { _font: { font: Source } }
  parser.font(Buffer.from(dataUrl.slice(dataUrl.indexOf(',') + 1), 'base64'))
  const source = parser._font.font
  readOutlines(source)
  const scale = 1000 / source.unitsPerEm
  const glyphs = new Map<number, Glyph | undefined>()

  return {
    source,
    ascent: source.ascent * scale,
    glyph(codePoint) {
      if (!source.hasGlyphForCodePoint(codePoint)) return undefined
      let glyph = glyphs.get(codePoint)
      if (!glyph) {
        const { id, advanceWidth } = source.glyphForCodePoint(codePoint)
        glyph = { id, width: advanceWidth * scale }
        glyphs.set(codePoint, glyph) // at most the few hundred letters that the font has
      }
      return glyph
    },
  }
}

/** Reads each outline once, where the parser would again for every document that embeds it. */
function readOutlines(source: Source): void {
  for (let id = 0; id < source.numGlyphs; id++) {
    const glyph = source.getGlyph(id)
    const outline = glyph._decode()
    glyph._decode = () => outline
  }
}

const UNKNOWN = '?' // the typeface has no sign of its own for what it cannot show

/**
 * Text that the typeface can show: composed, without control characters, a replacement sign for each letter of a script
 * that it lacks. `lossy` says that a sign stands in; the tagged text then carries the true one.
 */
export function showable(text: string): { text: string; lossy: boolean } {
  if (/^[ -~]*$/.test(text)) return { text, lossy: false }
  const { body } = documentFaces()
  let lossy = false
  let shown = ''
  for (const char of text.normalize('NFC').replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ')) {
    const known = body.glyph(char.codePointAt(0) ?? 0)
    if (!known) lossy = true
    shown += known ? char : UNKNOWN
  }
  return { text: shown, lossy }
}
