/** The HTTP servers that the edge runs on, and what people know them by. */
export const transportNames = ['uws', 'node'] as const
export type TransportName = (typeof transportNames)[number]

export const transportTitles: Readonly<Record<TransportName, string>> = {
  uws: 'uWebSockets.js',
  node: 'node:http'
}
