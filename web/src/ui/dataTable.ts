/** What the columns of a DataTable are. */
export type DataColumn = {
  id: string
  header: string
  /** A track of a CSS grid: `minmax(0, 1fr)`, `6rem`. */
  width: string
  align?: 'start' | 'end'
  /** Left out of tables narrower than this many pixels. */
  from?: number
  /** The order that its heading asks for: greatest first. */
  sort?: string
  /** The heading is read out only. */
  bare?: boolean
}

/** What draws the cells of a column. */
export type CellSlots<Row> = Record<`cell-${string}`, ((props: { row: Row }) => unknown) | undefined>

/**
 * How a cell and its heading stand: text that begins right after figures have ended needs more than the gap between
 * columns.
 */
export function cellClass(columns: readonly DataColumn[], index: number): string {
  const column = columns[index]
  if (column?.align === 'end') return 'tabular text-right'
  return columns[index - 1]?.align === 'end' && column?.bare !== true ? 'pl-3' : ''
}
