/** What the fault tests and a node under test say to each other. */
export type ToNode = { type: 'crash', name: string }
export type FromNode =
  | { type: 'ready', url: string }
  | { type: 'crashed', name: string, wasThere: boolean }
  | { type: 'gave_up', reason: string }
