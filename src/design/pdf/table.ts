import { artifact, breathe, ensureRoom, MARGIN, type Paper, rule, type Structure, tagged } from './paper.ts'
import { INK, type Lines, QUIET, type Style, widthOf, wrap, writeLine } from './text.ts'

export type DocumentColumn = { head: string /** Its share of the width. */; share: number; num?: boolean }

export type DocumentTable = {
  title?: string
  columns: readonly DocumentColumn[]
  /** One text for each column; the first names its row. */
  rows: readonly (readonly string[])[]
}

type Box = { x: number; width: number; num: boolean }

const HEAD: Style = { size: 8.5, strong: true, color: QUIET }
const CELL: Style = { size: 9.5, color: INK }
const LEADING = 13
const PADDING = 4
const GAP = 12
const ROWS_BETWEEN_BREATHS = 25

/** A tagged table; its head stands again on every further page, there as a mere picture of itself. */
export async function writeTable(paper: Paper, { columns, rows }: DocumentTable): Promise<void> {
  const { doc, root } = paper
  const boxes = boxesOf(paper, columns)
  const heads = columns.map((column, i) => wrap(paper, column.head, HEAD, boxes[i]?.width ?? 0))
  const table = doc.struct('Table')
  root.add(table)

  ensureRoom(paper, 80)
  const head = doc.struct('THead')
  table.add(head)
  const headRow = doc.struct('TR')
  head.add(headRow)
  drawRow(paper, boxes, heads, HEAD, (i, draw) => tagged(paper, headRow, 'TH', draw, textOf(heads[i], 'Column')))
  headRow.end()
  head.end()

  const body = doc.struct('TBody')
  table.add(body)
  for (const [n, row] of rows.entries()) {
    if (n % ROWS_BETWEEN_BREATHS === ROWS_BETWEEN_BREATHS - 1) await breathe()
    writeRow(paper, body, boxes, row, heads)
  }
  body.end()
  table.end()
  paper.y += 8
}

function writeRow(paper: Paper, body: Structure, boxes: Box[], row: readonly string[], heads: Lines[]): void {
  const cells = boxes.map((box, i) => wrap(paper, row[i] ?? '', CELL, box.width))
  if (ensureRoom(paper, heightOf(cells)))
    // Each cell by itself: the row's rule is an artifact too, and none may stand in another.
    drawRow(paper, boxes, heads, HEAD, (_, draw) => artifact(paper, draw, 'Pagination'))
  const tr = paper.doc.struct('TR')
  body.add(tr)
  drawRow(paper, boxes, cells, CELL, (i, draw) =>
    tagged(paper, tr, i === 0 ? 'TH' : 'TD', draw, textOf(cells[i], i === 0 ? 'Row' : undefined)),
  )
  tr.end()
}

function drawRow(
  paper: Paper,
  boxes: Box[],
  cells: Lines[],
  style: Style,
  each: (i: number, draw: () => void) => void,
): void {
  const top = paper.y + PADDING
  for (const [i, { lines }] of cells.entries())
    each(i, () => {
      const box = boxes[i]
      if (!box) return
      for (const [k, line] of lines.entries())
        writeLine(paper, line, style, startOf(paper, box, line, style), top + k * LEADING)
    })
  paper.y += heightOf(cells)
  rule(paper)
}

function startOf(paper: Paper, { x, width, num }: Box, line: string, style: Style): number {
  return num ? x + width - widthOf(paper, line, style) : x
}

function heightOf(cells: Lines[]): number {
  return Math.max(1, ...cells.map(({ lines }) => lines.length)) * LEADING + 2 * PADDING
}

function textOf(cell: Lines | undefined, scope: 'Column' | 'Row' | undefined): Record<string, unknown> {
  return { ...(scope ? { scope } : {}), ...(cell?.lossy ? { actual: cell.full } : {}) }
}

function boxesOf(paper: Paper, columns: readonly DocumentColumn[]): Box[] {
  const shares = columns.reduce((sum, column) => sum + column.share, 0)
  const room = paper.width - GAP * (columns.length - 1)
  let x = MARGIN.left
  return columns.map(({ share, num }) => {
    const box = { x, width: (room * share) / shares, num: num ?? false }
    x += box.width + GAP
    return box
  })
}
