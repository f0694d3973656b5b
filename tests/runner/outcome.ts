/**
 * What steps and suites add up to. A step counts as one, a suite counts its assertions. Failures are kept in full until
 * the end of the run, where they are printed together.
 */
export type Outcome = { passed: number; failed: number; failures: string[] }

export function sum(outcomes: readonly Outcome[]): Outcome {
  return {
    passed: outcomes.reduce((total, { passed }) => total + passed, 0),
    failed: outcomes.reduce((total, { failed }) => total + failed, 0),
    failures: outcomes.flatMap(({ failures }) => failures)
  }
}

export function secondsSince(started: number): string {
  return ((performance.now() - started) / 1_000).toFixed(1)
}
