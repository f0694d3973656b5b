/** The room that the bars of a card take: rows of 28 px with 2 px between them, as BarList draws them. */
const rowPx = 28
const gapPx = 2

export function heightOf(rows: number): number {
  return rows * (rowPx + gapPx) - gapPx
}
