/** What a benchmark is: a file that exports `run`. */

export type BenchOptions = {
  json: boolean
  rounds?: number
  seconds?: number
  minutes?: number
  connections?: number
  envelope?: boolean
  sdk?: boolean
  data?: string
  only?: string
}

/**
 * `figures` is what --json prints, `text` what people read, `missed` one sentence for each bar that was not reached.
 */
export type BenchResult = { figures: Record<string, unknown>; text: string; missed: string[] }

export type Bench = { run: (options: BenchOptions) => Promise<BenchResult> }
