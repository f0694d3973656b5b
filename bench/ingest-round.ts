/** What one round of `bench/ingest.ts` measures. */
import type { CopyResult } from './floors/copy.ts'
import type { LatencySummary } from './load/histogram.ts'
import type { Measurement } from './support/measure.ts'

/** Mesher, the naive peer and the floor, in one round. */
export type Round = { mesher: Measurement; peer: Measurement; floor: CopyResult }

/** The acknowledgement with few clients, beside a commit of one row by a single client. */
export type Latency = { mesher: Measurement; singleRow: LatencySummary }
