import type { Locale } from '../../kernel/locale.ts'
import { compact } from './compact.ts'
import { artifact, bottomOf, breathe, ensureRoom, MARGIN, openPaper, type Paper, rule, tagged } from './paper.ts'
import { qrFigure } from './qr.ts'
import { type DocumentTable, writeTable } from './table.ts'
import { INK, QUIET, type Style, widthOf, wrap, writeLine } from './text.ts'

export type NamedValue = { name: string; value: string; strong?: boolean }

/** A document as ready words: what it says, in order. */
export type DocumentContent = {
  lang: Locale
  /** In the window's title and the file's properties. */
  title: string
  /** The instant it was made for; written into the file instead of the clock. */
  at: Temporal.Instant
  letterhead: { name: string; lines: readonly string[]; brand: string }
  heading: string
  /** The answer, large, with its words: what is owed, what was paid. */
  answer?: { label: string; value: string }
  facts: readonly NamedValue[]
  tables: readonly DocumentTable[]
  /** Below the tables, right-aligned, ruled off before a strong one. */
  sums?: readonly NamedValue[]
  paragraphs?: readonly string[]
  pay?: { heading: string; lines: readonly string[]; qr?: { url: string; alt: string } }
  footer: string
  page: (page: number, pages: number) => string
}

const H1: Style = { size: 20, strong: true }
const H2: Style = { size: 12.5, strong: true }
const BODY: Style = { size: 10 }
const SMALL: Style = { size: 8.5, color: QUIET }
const LEADING = 1.4

/** The document as the bytes of a tagged PDF. */
export async function renderDocument(content: DocumentContent): Promise<Buffer> {
  const paper = openPaper({ ...content, author: content.letterhead.name })
  const bytes = collect(paper)
  writeLetterhead(paper, content.letterhead)
  writeHeading(paper, content)
  writeFacts(paper, content.facts)
  for (const table of content.tables) {
    ensureRoom(paper, 100)
    if (table.title) writeText(paper, 'H2', table.title, H2, 6)
    await writeTable(paper, table)
    await breathe()
  }
  writeSums(paper, content.sums ?? [])
  for (const paragraph of content.paragraphs ?? []) writeText(paper, 'P', paragraph, BODY, 6)
  if (content.pay) writePay(paper, content.pay)
  writeFooters(paper, content)
  paper.root.end()
  await breathe()
  paper.doc.end()
  return compact(await bytes)
}

function collect({ doc }: Paper): Promise<Buffer> {
  const chunks: Buffer[] = []
  return new Promise((done, fail) => {
    doc.on('data', (chunk: Buffer) => chunks.push(chunk))
    doc.on('end', () => done(Buffer.concat(chunks)))
    doc.on('error', fail)
  })
}

function writeLetterhead(paper: Paper, { name, lines, brand }: DocumentContent['letterhead']): void {
  artifact(paper, () => paper.doc.rect(MARGIN.left, MARGIN.top, paper.width, 3).fill(brand))
  paper.y += 14
  writeText(paper, 'P', name, { size: 13, strong: true }, 1)
  if (lines.length) writeText(paper, 'P', lines.join('  ·  '), SMALL, 0)
  paper.y += 20
}

/** What it is on the left, and on the right the answer: what is owed, what was paid. */
function writeHeading(paper: Paper, { heading, answer }: DocumentContent): void {
  const top = paper.y
  writeText(paper, 'H1', heading, H1, 14, paper.width * (answer ? 0.5 : 1))
  if (!answer) return
  const after = paper.y
  paper.y = top - 6
  writeEnd(paper, answer.label, { size: 9.5, color: QUIET })
  writeEnd(paper, answer.value, { size: 24, strong: true })
  paper.y = Math.max(after, paper.y + 10)
}

/** One right-aligned line. */
function writeEnd(paper: Paper, text: string, style: Style): void {
  const line = wrap(paper, text, style, paper.width * 0.5).lines[0] ?? ''
  const x = MARGIN.left + paper.width - widthOf(paper, line, style)
  tagged(paper, paper.root, 'P', () => writeLine(paper, line, style, x, paper.y))
  paper.y += style.size * LEADING
}

/** Names and values, three pairs to a row. */
function writeFacts(paper: Paper, facts: readonly NamedValue[]): void {
  if (facts.length === 0) return
  rule(paper)
  paper.y += 9
  const list = paper.doc.struct('L')
  paper.root.add(list)
  const column = paper.width / 3
  for (let i = 0; i < facts.length; i += 3) {
    const row = facts.slice(i, i + 3).map(fact => ({ ...fact, text: wrap(paper, fact.value, BODY, column - 16) }))
    const height = 18 + Math.max(1, ...row.map(({ text }) => text.lines.length)) * 14
    ensureRoom(paper, height)
    row.forEach(({ name, text }, j) => {
      const item = paper.doc.struct('LI')
      list.add(item)
      const x = MARGIN.left + j * column
      tagged(paper, item, 'Lbl', () => writeLine(paper, name, SMALL, x, paper.y))
      const draw = () => {
        for (const [k, line] of text.lines.entries()) writeLine(paper, line, BODY, x, paper.y + 12 + k * 14)
      }
      tagged(paper, item, 'LBody', draw, text.lossy ? { actual: text.full } : {})
      item.end()
    })
    paper.y += height
  }
  list.end()
  rule(paper)
  paper.y += 16
}

function writeSums(paper: Paper, sums: readonly NamedValue[]): void {
  const left = MARGIN.left + paper.width * 0.5
  const right = MARGIN.left + paper.width
  ensureRoom(paper, Math.min(sums.length * 17 + 16, bottomOf(paper) - MARGIN.top))
  paper.y += 6
  for (const { name, value, strong } of sums) {
    ensureRoom(paper, 20)
    if (strong) {
      rule(paper, INK, left, right)
      paper.y += 4
    }
    const style = { size: 10.5, strong: strong ?? false }
    tagged(paper, paper.root, 'P', () => {
      writeLine(paper, `${name} `, strong ? style : { ...style, color: QUIET }, left, paper.y)
      writeLine(paper, value, style, right - widthOf(paper, value, style), paper.y)
    })
    paper.y += 17
  }
  paper.y += 8
}

function writePay(paper: Paper, { heading, lines, qr }: NonNullable<DocumentContent['pay']>): void {
  const side = qr ? 92 : 0
  ensureRoom(paper, Math.max(side, lines.length * 22) + 20)
  rule(paper)
  paper.y += 12
  const top = paper.y
  writeText(paper, 'H2', heading, H2, 3)
  for (const line of lines) writeText(paper, 'P', line, BODY, 4, paper.width - side - 24)
  if (qr) {
    qrFigure(paper, qr, MARGIN.left + paper.width - side, top, side)
    paper.y = Math.max(paper.y, top + side + 8)
  }
}

/** A heading or paragraph; `after` is the room below it. */
function writeText(paper: Paper, type: string, text: string, style: Style, after: number, width = paper.width): void {
  const { lines, lossy, full } = wrap(paper, text, style, width)
  const leading = style.size * LEADING
  ensureRoom(paper, lines.length * leading)
  const draw = () => {
    for (const [i, line] of lines.entries()) writeLine(paper, line, style, MARGIN.left, paper.y + i * leading)
  }
  tagged(paper, paper.root, type, draw, lossy ? { actual: full } : {})
  paper.y += lines.length * leading + after
}

/** Once all pages are known: who sent it and which page of how many. */
function writeFooters(paper: Paper, { footer, page }: DocumentContent): void {
  const { start, count } = paper.doc.bufferedPageRange()
  const left = wrap(paper, footer, SMALL, paper.width * 0.7).lines[0] ?? ''
  for (let i = start; i < start + count; i++) {
    paper.doc.switchToPage(i)
    const y = paper.doc.page.height - 44
    const right = page(i - start + 1, count)
    const draw = () => {
      writeLine(paper, left, SMALL, MARGIN.left, y)
      writeLine(paper, right, SMALL, MARGIN.left + paper.width - widthOf(paper, right, SMALL), y)
    }
    artifact(paper, draw, 'Pagination')
  }
}
