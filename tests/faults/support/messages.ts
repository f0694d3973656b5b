/** What the fault tests and a node under test say to each other. */
export type ToNode = { type: 'crash'; name: string } | { type: 'registry' }
export type FromNode =
  | { type: 'ready'; url: string }
  | { type: 'crashed'; name: string; wasThere: boolean }
  | { type: 'gave_up'; reason: string }
  /** The global names that it knows, each with its owner. */
  | { type: 'registry'; names: string[] }
