/** Colours as they are drawn, and how well they are told apart. */
import { inflateSync } from 'node:zlib'
import type { Page } from 'playwright-core'

/** The colour that is drawn at a place, as a person with that vision sees it. */
export async function colourAt(page: Page, x: number, y: number): Promise<number[]> {
  const png = await page.screenshot({ clip: { x, y, width: 1, height: 1 } })
  const parts: Buffer[] = []
  for (let at = 8; at < png.length; at += 12 + png.readUInt32BE(at)) {
    if (png.toString('latin1', at + 4, at + 8) === 'IDAT') {
      parts.push(png.subarray(at + 8, at + 8 + png.readUInt32BE(at)))
    }
  }
  // A line of one pixel: its filter, which has nothing to take it from, and the colour.
  return [...inflateSync(Buffer.concat(parts)).subarray(1, 4)]
}

/** As WCAG 2 has it. */
export function contrast(one: readonly number[], other: readonly number[]): number {
  const [a = 0, b = 0] = [one, other].map(colour => {
    const [red = 0, green = 0, blue = 0] = colour.map(part =>
      part / 255 <= 0.04045 ? part / 255 / 12.92 : ((part / 255 + 0.055) / 1.055) ** 2.4
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05
  })
  return Math.max(a, b) / Math.min(a, b)
}
