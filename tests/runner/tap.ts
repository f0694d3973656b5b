/**
 * Reads the TAP that a test file prints: its totals, and its failures with their diagnostics. A file that prints no
 * totals, or ends badly although nothing failed, counts as one failure.
 */
import type { Outcome } from './outcome.ts'

/** Enough for what a property test found: tap prints the difference below the stack. */
const linesMax = 120
const charsMax = 2_000

/** `ending` says how the process ended, where that was not exit code 0. */
export function outcomeOf(file: string, lines: readonly string[], ending: string | null): Outcome {
  const totals = lines.findLast(line => /^# \{ total: \d+/.test(line))
  const count = (name: string): number => Number(new RegExp(`\\b${name}: (\\d+)`).exec(totals ?? '')?.[1] ?? 0)
  const failed = count('fail')
  const failures = failuresIn(lines)
  if (failed === 0 && (ending !== null || totals === undefined)) {
    failures.push([ending ?? 'it printed no totals', ...lines.slice(-linesMax)].join('\n'))
  }
  return {
    passed: count('pass'),
    failed: Math.max(failed, failures.length),
    failures: failures.map(failure => `${file}: ${failure}`)
  }
}

/** Each failed assertion with its diagnostics. A failed subtest is left out: its assertions say more. */
function failuresIn(lines: readonly string[]): string[] {
  return lines.flatMap((line, index) => {
    if (!/^\s*not ok /.test(line) || /# (?:time=|TODO)/.test(line)) return []
    const hasDiagnostics = lines[index + 1]?.trim() === '---'
    const end = hasDiagnostics ? lines.findIndex((later, at) => at > index && later.trim() === '...') : index
    return [
      lines
        .slice(index, Math.min(end + 1, index + linesMax))
        .filter(text => text.trim() !== '')
        .map(text => text.slice(0, charsMax))
        .join('\n')
    ]
  })
}
