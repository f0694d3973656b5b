/**
 * The whole test run: type check and build, lint with the import rules, the dashboard's own tests and weights, then the
 * suites. Browsers and faults come last and alone: faults because they load the machine on purpose, browsers because
 * they need it. The last line counts assertions: `N passed, N failed`.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'

/** The oldest version that Mesher supports, where Debian's package has put it; the embedded one is the newest. */
const oldestPostgres = '/usr/lib/postgresql/15/bin'
const chromium = process.env.MESHER_TEST_CHROMIUM ?? '/usr/bin/chromium'
const folder = mkdtempSync(path.join(tmpdir(), 'mesher-tests-'))
const failures: string[] = []
let passed = 0
let failed = 0

/** One command, whose output is shown when it is through: some run side by side. */
async function step(name: string, ...[program, ...args]: [string, ...string[]]): Promise<boolean> {
  const started = performance.now()
  const run = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  const [out, errors, [code]] = await Promise.all([text(run.stdout), text(run.stderr), once(run, 'exit')])
  console.log(`\n== ${name}: ${code === 0 ? 'ok' : 'FAILED'} in ${secondsSince(started)} s\n${out}${errors}`.trimEnd())
  return code === 0
}

function secondsSince(started: number): string {
  return ((performance.now() - started) / 1_000).toFixed(0)
}

function count(ok: boolean): void {
  if (ok) passed += 1
  else failed += 1
}

/**
 * Runs test files with tap, tells of each when it is through, and adds the totals; a run that ends without totals
 * counts as one failure.
 */
async function suite(name: string, files: string[], jobs: number, env: Record<string, string> = {}): Promise<void> {
  console.log(`\n== ${name}`)
  const started = performance.now()
  const compiled = files.map(file => `dist/${file.replace(/\.ts$/, '.js')}`)
  const run = spawn('npx', ['tap', '--reporter=tap', `--jobs=${jobs}`, '--timeout=300', ...compiled], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, MESHER_TEST_BUILT: '1', ...env }
  })
  const exit = once(run, 'exit')
  const lines: string[] = []
  for await (const line of createInterface(run.stdout)) {
    lines.push(line)
    const [, verdict, file, ms] = /^((?:not )?ok) \d+ - (\S+) # time=(\d+)/.exec(line) ?? []
    if (ms !== undefined) {
      console.log(`${verdict === 'ok' ? 'ok    ' : 'FAILED'} ${(Number(ms) / 1000).toFixed(1).padStart(6)} s  ${file}`)
    }
  }
  const [code] = await exit
  const totals = totalsOf(lines)
  passed += totals.pass
  failed += totals.fail + (code !== 0 && totals.fail === 0 ? 1 : 0)
  failures.push(...failuresOf(lines).map(failure => `${name}: ${failure}`))
  console.log(
    `${totals.pass} passed, ${totals.fail} failed in ${secondsSince(started)} s${code === 0 ? '' : `; tap ended with ${code}`}`
  )
}

function totalsOf(lines: readonly string[]): { pass: number; fail: number } {
  const last = lines.findLast(line => /^# \{ total: \d+/.test(line)) ?? ''
  const number = (name: string) => Number(new RegExp(`${name}: (\\d+)`).exec(last)?.[1] ?? 0)
  return { pass: number('pass'), fail: number('fail') }
}

/** Each failed file by its name, and each failed assertion with its diagnostics, cut to what one reads. */
function failuresOf(lines: readonly string[]): string[] {
  return lines.flatMap((line, index) => {
    if (/^not ok /.test(line)) return [line]
    if (!/^\s+not ok /.test(line) || line.includes('# time=')) return []
    const end = lines.findIndex((later, at) => at > index && /^\s*\.\.\.$/.test(later))
    return [
      lines
        .slice(index, Math.min(end + 1, index + 50))
        .filter(text => text.trim() !== '')
        .map(text => text.slice(0, 300))
        .join('\n')
    ]
  })
}

/** The dashboard's unit tests, which vitest runs; a run that ends without a report counts as one failure. */
async function dashboardUnits(): Promise<void> {
  const report = path.join(folder, 'vitest.json')
  const ok = await step(
    'dashboard, unit tests',
    'npm',
    'test',
    '--silent',
    '--workspace=web',
    '--',
    '--reporter=dot',
    '--reporter=json',
    `--outputFile=${report}`
  )
  const totals: { numPassedTests: number; numFailedTests: number } = existsSync(report)
    ? JSON.parse(readFileSync(report, 'utf8'))
    : { numPassedTests: 0, numFailedTests: 0 }
  passed += totals.numPassedTests
  failed += totals.numFailedTests + (!ok && totals.numFailedTests === 0 ? 1 : 0)
}

/**
 * The dashboard in a browser, against whole servers. Without a browser that counts as a failure: what was not looked at
 * may be broken.
 */
async function browserJourneys(): Promise<void> {
  if (existsSync(chromium)) return await suite('e2e', ['tests/e2e/*.test.ts'], 2)
  console.log(
    `\n== e2e\nThere is no browser at ${chromium}, so the dashboard was not tried: install Chromium (Debian: apt-get install chromium), or name one with MESHER_TEST_CHROMIUM.`
  )
  count(false)
}

/**
 * What looks at the sources alone, on all cores. Test files are compiled here once: half a second less for each than
 * from the sources.
 */
async function checks(): Promise<void> {
  const types = async (): Promise<void> => {
    // A test that is no more must not run on.
    rmSync(path.join('dist', 'tests'), { recursive: true, force: true })
    count(await step('type check, tests compiled', 'npx', 'tsc', '-p', '.', '--incremental', 'false'))
    count(await step('dashboard, type check', 'npm', 'run', '--silent', 'check', '--workspace=web'))
  }
  const others = async (): Promise<void> => {
    await dashboardUnits()
    count(await step('dashboard, weights', 'npm', 'run', '--silent', 'size', '--workspace=web'))
    // Freshly installed, tap compiles every file by itself, whatever .taprc says: seconds for each.
    count(await step('test runner', 'npx', 'tap', 'build'))
  }
  const lint = async (): Promise<void> => count(await step('lint', 'npm', 'run', '--silent', 'lint'))
  await Promise.all([types(), lint(), others()])
}

count(await step('build', 'npm', 'run', '--silent', 'build'))
await checks()
await suite(
  'unit-and-integration',
  [
    'actors',
    'api',
    'bench',
    'bin',
    'cluster',
    'docs',
    'edge',
    'events',
    'mesh',
    'schema',
    'sentry',
    'services',
    'supervisors'
  ].map(name => `tests/${name}/**/*.test.ts`),
  3
)
if (existsSync(oldestPostgres)) {
  await suite('services-on-postgresql-15', ['tests/services/!(machine)/*.test.ts'], 3, {
    MESHER_TEST_PG_BIN: oldestPostgres
  })
}
await browserJourneys()
await suite('faults', ['tests/faults/**/*.test.ts'], 1)

rmSync(folder, { recursive: true, force: true })
if (failures.length > 0) console.log(`\n== what failed\n\n${failures.join('\n\n')}`)
console.log(`\n${passed} passed, ${failed} failed`)
process.exitCode = failed === 0 && passed > 0 ? 0 : 1
