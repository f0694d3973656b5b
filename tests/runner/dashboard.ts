/**
 * What tests the dashboard: its unit tests, which vitest runs, and its journeys in a browser. A missing browser is a
 * failure: what was not tried may be broken.
 */
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import * as v from 'valibot'
import type { Outcome } from './outcome.ts'
import { step } from './step.ts'
import { suite, type Suite } from './suite.ts'

const chromium = process.env.MESHER_TEST_CHROMIUM ?? '/usr/bin/chromium'
const reportSchema = v.pipe(
  v.string(),
  v.parseJson(),
  v.object({ numPassedTests: v.number(), numFailedTests: v.number() })
)

/** All unit tests, or those of some files. A run that ends without a report counts as one failure. */
export async function dashboardUnits(files: readonly string[] = []): Promise<Outcome> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'mesher-tests-'))
  const report = path.join(folder, 'vitest.json')
  const filters = files.map(file => path.relative('web', file))
  const reporting = ['--reporter=dot', '--reporter=json', `--outputFile=${report}`]
  const run = await step('dashboard, unit tests', 'npx', 'vitest', 'run', '--root', 'web', ...reporting, ...filters)
  const totals = fs.existsSync(report) ? v.parse(reportSchema, fs.readFileSync(report, 'utf8')) : null
  fs.rmSync(folder, { recursive: true })
  if (totals === null) return run
  return {
    passed: totals.numPassedTests,
    failed: Math.max(totals.numFailedTests, run.failed),
    failures: run.failures
  }
}

export async function browserJourneys(journeys: Suite): Promise<Outcome> {
  if (fs.existsSync(chromium)) return await suite(journeys)
  return {
    passed: 0,
    failed: 1,
    failures: [
      `${journeys.name}: there is no browser at ${chromium}, so the dashboard was not tried: ` +
        'install Chromium (Debian: apt-get install chromium), or name one with MESHER_TEST_CHROMIUM'
    ]
  }
}
