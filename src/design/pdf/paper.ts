import PDFDocument from 'pdfkit'
import { documentFaces } from './fonts.ts'
import { type Pen, pensFor } from './text.ts'

export const MARGIN = { left: 54, right: 54, top: 54, bottom: 66 }
const LINE = '#cfccc5'

/** A tagged part of the document. */
export type Structure = ReturnType<PDFKit.PDFDocument['struct']>

/** An open document: where the pen stands, and the tagged part it writes into. */
export type Paper = {
  readonly doc: PDFKit.PDFDocument
  readonly pens: { readonly body: Pen; readonly strong: Pen }
  readonly root: Structure
  readonly width: number
  y: number
}

type Opening = { title: string; author: string; lang: string; at: Temporal.Instant }

/** Opens a tagged document (PDF/UA-1) in US letter; the same content at the same instant gives the same bytes. */
export function openPaper({ title, author, lang, at }: Opening): Paper {
  const date = new Date(at.epochMilliseconds)
  const options = {
    size: 'LETTER',
    margins: MARGIN,
    pdfVersion: '1.7',
    subset: 'PDF/UA',
    tagged: true,
    lang,
    displayTitle: true,
    bufferPages: true,
    autoFirstPage: false,
    compress: false, // `compact` does it, off the event loop
    font: null, // else pdfkit reads Helvetica, which no page uses
    info: { Title: title, Author: author, Creator: 'Portico', Producer: 'Portico', CreationDate: date, ModDate: date },
  }
  const doc = new PDFDocument(options as unknown as PDFKit.PDFDocumentOptions)
  const pens = pensFor(doc, documentFaces())
  const root = doc.struct('Document')
  doc.addStructure(root)
  doc.addPage()
  return { doc, pens, root, width: doc.page.width - MARGIN.left - MARGIN.right, y: MARGIN.top }
}

/** The lowest line that content may reach. */
export function bottomOf(paper: Paper): number {
  return paper.doc.page.height - MARGIN.bottom
}

/** Takes a new page when fewer than `height` points are left; says whether it did. */
export function ensureRoom(paper: Paper, height: number): boolean {
  if (paper.y + height <= bottomOf(paper)) return false
  paper.doc.addPage()
  paper.y = MARGIN.top
  return true
}

/** Writes into a tagged element of its own below `parent`. */
export function tagged(
  paper: Paper,
  parent: Structure,
  type: string,
  draw: () => void,
  options: Record<string, unknown> = {},
): void {
  const content = paper.doc.markStructureContent(type)
  draw()
  paper.doc.endMarkedContent()
  parent.add(paper.doc.struct(type, options, [content]))
}

/** What is only to be seen: lines, repeated headings, page numbers. */
export function artifact(paper: Paper, draw: () => void, type: 'Layout' | 'Pagination' = 'Layout'): void {
  paper.doc.markContent('Artifact', { type })
  draw()
  paper.doc.endMarkedContent()
}

/** A thin rule at the pen, across the page unless told. */
export function rule(paper: Paper, color = LINE, from = MARGIN.left, to = MARGIN.left + paper.width): void {
  artifact(paper, () => {
    paper.doc.moveTo(from, paper.y).lineTo(to, paper.y).lineWidth(0.75).stroke(color)
  })
}

/** Lets other work have the event loop between two pieces of a long document. */
export function breathe(): Promise<void> {
  return new Promise(done => setImmediate(done))
}
