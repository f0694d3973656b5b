/** What the benchmark of clients and its process of writers tell each other. Plain data. */

export const clientNames = ['pg', 'postgres'] as const
export type ClientName = (typeof clientNames)[number]

export const ways = ['statements', 'copy'] as const
export type Way = (typeof ways)[number]

/** Rows of each transaction. */
export const rowsOf: Readonly<Record<Way, number>> = { statements: 3, copy: 50 }

export type WriterOptions = { client: ClientName; url: string; durationMs: number; settleMsMax: number }

export type WriterReport = {
  /** The transactions whose promise was resolved. */
  acknowledged: Record<Way, number[]>
  rejected: Record<Way, number>
  /** Promises that were still open when the connections had been left alone for `settleMsMax`. */
  hanging: Record<Way, number>
  /** Errors outside every promise: each ends a process that does not listen for them. */
  uncaught: string[]
  unhandled: string[]
}

/** `written`: nothing new is begun, and no connection must be ended any more. */
export type FromWriter = { type: 'written' } | { type: 'report'; report: WriterReport }
