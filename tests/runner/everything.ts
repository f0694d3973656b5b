/**
 * The whole run. What looks at the sources comes first, in two lanes of about the same length; then the suites, one
 * after the other. Nothing ends the run early: all failures are reported.
 */
import { browserJourneys, dashboardUnits } from './dashboard.ts'
import { testFiles } from './files.ts'
import { sum, type Outcome } from './outcome.ts'
import { browserSuite, faultSuites, nodeTransportSuite, oldestPostgresSuite, plainSuite } from './plan.ts'
import { installPackages } from './packages.ts'
import { step } from './step.ts'
import { suite } from './suite.ts'

export async function everything(): Promise<Outcome> {
  const files = testFiles()
  const oldest = oldestPostgresSuite(files)
  const outcomes = [...(await installPackages(files)), ...(await Promise.all([programs(), lint()]))]
  outcomes.push(await suite(plainSuite(files)))
  outcomes.push(await suite(nodeTransportSuite(files)))
  if (oldest !== null) outcomes.push(await suite(oldest))
  outcomes.push(await browserJourneys(browserSuite(files)))
  outcomes.push(...(await Promise.all(faultSuites(files).map(suite))))
  return sum(outcomes)
}

async function programs(): Promise<Outcome> {
  return sum([
    await step('build', 'npm', 'run', '--silent', 'build'),
    await step('type check, tests compiled', 'npx', 'tsc', '-p', '.', '--incremental', 'false'),
    await step('dashboard, type check', 'npm', 'run', '--silent', 'check', '--workspace=web'),
    await step('dashboard, weights', 'npm', 'run', '--silent', 'size', '--workspace=web'),
    await dashboardUnits()
  ])
}

/** Without the cache of `npm run lint`: rules that look at types miss there what a change of another file breaks. */
async function lint(): Promise<Outcome> {
  return sum([
    await step('lint', 'npx', 'eslint', '.'),
    await step('format', 'npx', 'prettier', '--check', '--log-level', 'warn', '.'),
    await step('imports', 'npm', 'run', '--silent', 'imports')
  ])
}
