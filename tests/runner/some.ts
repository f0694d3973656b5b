/**
 * The test files that words name, from the sources: no build, no lint, no type check. Browsers need the dashboard's
 * build, so it is made for them. A word that names no file ends the run before anything is tested.
 */
import { browserJourneys, dashboardUnits } from './dashboard.ts'
import { selected, subjects, testFiles } from './files.ts'
import { sum, type Outcome } from './outcome.ts'
import { installPackages } from './packages.ts'
import { isIn, isOfDashboard } from './plan.ts'
import { step } from './step.ts'
import { suite } from './suite.ts'

export async function some(words: readonly string[]): Promise<Outcome> {
  const files = testFiles()
  const { found, unknown } = selected(files, words)
  if (unknown.length > 0) {
    const failure =
      `no test has a folder or file of this name: ${unknown.join(', ')}\n` +
      `folders: ${subjects(files).join(' ')}\n` +
      'files are named without their folder and .test.ts, or by their path'
    return { passed: 0, failed: unknown.length, failures: [failure] }
  }

  const units = found.filter(isOfDashboard)
  const journeys = found.filter(file => isIn('e2e', file))
  const faults = found.filter(file => isIn('faults', file))
  const others = found.filter(file => ![...units, ...journeys, ...faults].includes(file))
  const outcomes = await installPackages(found)
  if (units.length > 0) outcomes.push(await dashboardUnits(units))
  if (others.length > 0) outcomes.push(await suite({ name: 'tests', files: others, jobs: 2, isCompiled: false }))
  if (journeys.length > 0) {
    outcomes.push(await step('dashboard, build', 'npm', 'run', '--silent', 'build', '--workspace=web'))
    outcomes.push(await browserJourneys({ name: 'e2e', files: journeys, jobs: 2, isCompiled: false }))
  }
  if (faults.length > 0) outcomes.push(await suite({ name: 'faults', files: faults, jobs: 1, isCompiled: false }))
  return sum(outcomes)
}
