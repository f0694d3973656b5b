/**
 * Weighs what a browser fetches, compressed with gzip, until a page can be used, against its budget: the page's scripts
 * with all that they import at once, and the style sheets. Fails when something is too heavy. Run it after the build.
 */
import { existsSync, statSync } from 'node:fs'
import path from 'node:path'
import { filesOf, output, readManifest } from './manifest.ts'

const kib = 1_024
const frame = ['index.html']
/** Beside the frame that is around every page. The overview is weighed with the chart, which it loads beside it. */
const budgets: readonly { page: string; chunks: string[]; kibMax: number }[] = [
  { page: 'issues', chunks: ['src/features/issues/list/IssuesPage.vue'], kibMax: 140 },
  { page: 'issue', chunks: ['src/features/issues/detail/IssuePage.vue'], kibMax: 120 },
  { page: 'live', chunks: ['src/features/live-tail/LivePage.vue'], kibMax: 110 },
  {
    page: 'overview',
    chunks: ['src/features/overview/OverviewPage.vue', 'src/charts/VolumeChart.vue'],
    kibMax: 130
  }
]
const cssKibMax = 15

const manifest = readManifest()
let tooHeavy = 0

function kibOf(files: Iterable<string>): number {
  return [...new Set(files)].reduce((sum, file) => sum + weight(path.join(output, file)), 0) / kib
}

function weight(file: string): number {
  return statSync(existsSync(`${file}.gz`) ? `${file}.gz` : file).size
}

function check(what: string, kibIs: number, kibMax: number): void {
  const isTooHeavy = kibIs > kibMax
  if (isTooHeavy) tooHeavy += 1
  console.log(
    `${isTooHeavy ? 'too heavy' : 'ok'.padEnd(9)}  ${what.padEnd(16)} ${kibIs.toFixed(1).padStart(6)} of ${kibMax} KiB`
  )
}

for (const { page, chunks, kibMax } of budgets) {
  check(`${page}, scripts`, kibOf(filesOf(manifest, [...frame, ...chunks])), kibMax)
}
check('style sheets', kibOf(Object.values(manifest).flatMap(({ css }) => css ?? [])), cssKibMax)
process.exitCode = tooHeavy === 0 ? 0 : 1
