/**
 * Runs tests. Without arguments that is everything: build, type checks, lint with the import rules, the dashboard's
 * unit tests and weights, then the suites. With arguments it is the test files that they name, from the sources:
 * `npm test -- issues`. The last line counts assertions: `N passed, N failed`.
 */
import { everything } from './runner/everything.ts'
import { some } from './runner/some.ts'

const words = process.argv.slice(2)
const outcome = words.length === 0 ? await everything() : await some(words)
if (outcome.failures.length > 0) console.log(`\n== what failed\n\n${outcome.failures.join('\n\n')}`)
console.log(`\n${outcome.passed} passed, ${outcome.failed} failed`)
process.exitCode = outcome.failed === 0 && outcome.passed > 0 ? 0 : 1
