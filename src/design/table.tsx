import type { ComponentChildren } from 'preact'

export type Column<Row> = {
  head: string
  cell: (row: Row) => ComponentChildren
  /** Numbers and money stand right-aligned in tabular figures. */
  num?: boolean
  muted?: boolean
  strong?: boolean
  nowrap?: boolean
  /** Left out on phones; the first column, the tag and the amount stay. */
  wide?: boolean
  /** The cell that names its row. */
  rowHead?: boolean
}

type TableProps<Row> = {
  /** What the table is, for screen readers; the heading beside it says it to others. */
  caption: string
  columns: readonly Column<Row>[]
  rows: readonly Row[]
  keyOf: (row: Row) => string
  /** On a phone each row becomes two lines instead of a strip that scrolls. */
  cards?: boolean
}

function classOf<Row>({ num, muted, strong, nowrap, wide }: Column<Row>): string | undefined {
  const names = [num && 'num', muted && 'muted', strong && 'strong', nowrap && 'nowrap', wide && 'wide']
  return names.filter(Boolean).join(' ') || undefined
}

/** Rows of ready data under named columns. */
export function Table<Row>({ caption, columns, rows, keyOf, cards }: TableProps<Row>) {
  const classes = columns.map(classOf)
  return (
    <table class={cards ? 'table cards' : 'table'}>
      <caption class="hidden">{caption}</caption>
      <thead>
        <tr>
          {columns.map((column, i) => (
            <th key={column.head} scope="col" class={classes[i]}>
              {column.head}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map(row => (
          <tr key={keyOf(row)}>
            {columns.map((column, i) =>
              column.rowHead ? (
                <th key={column.head} scope="row" class={classes[i]}>
                  {column.cell(row)}
                </th>
              ) : (
                <td key={column.head} class={classes[i]}>
                  {column.cell(row)}
                </td>
              ),
            )}
          </tr>
        ))}
      </tbody>
    </table>
  )
}
