/**
 * Which suites the test files make, and in which order files start. Files that take long start first: one that starts
 * last would keep a core idle. Faults and browsers get suites of their own, because both load the machine.
 */
import fs from 'node:fs'
import path from 'node:path'
import type { Suite } from './suite.ts'

/** The oldest version that Mesher supports, where Debian's package puts it. The embedded one is the newest. */
const oldestPostgres = '/usr/lib/postgresql/15/bin'
const sharedDatabase = 'tests/support/database.ts'
/** What opens a listener for a test. */
const listeners = ['tests/edge/support.ts', 'tests/support/running-node.ts']

/** Those that take more than ten seconds, the longest first. */
export const slowest = [
  'tests/bin/node-versions.test.ts',
  'tests/sentry/sdk-node.test.ts',
  'tests/api/walk.test.ts',
  'tests/services/database/postgres/embedded.test.ts',
  'tests/api/alerts.test.ts',
  'tests/bench/load.test.ts',
  'tests/bin/start.test.ts',
  'tests/bin/mesher.test.ts',
  'tests/api/projects.test.ts',
  'tests/bin/workers.test.ts',
  'tests/e2e/source-maps.test.ts',
  'tests/e2e/pages.test.ts',
  'tests/e2e/layers.test.ts'
]
/** Faults in which nodes mostly wait for each other. They leave the machine to those under load. */
export const waiting = ['tests/faults/cluster.test.ts', 'tests/faults/two-nodes.test.ts']

/** Everything but browsers and faults. */
export function plainSuite(files: readonly string[]): Suite {
  return {
    name: 'unit and integration',
    files: slowestFirst(files.filter(file => !isIn('e2e', file) && !isIn('faults', file) && !isOfDashboard(file))),
    // More than there are cores: many wait for timers.
    jobs: 4,
    isCompiled: true
  }
}

/**
 * The tests of the edge once more, on `node:http`: those that open a listener. The plain suite runs them on
 * uWebSockets.js, where this machine has it.
 */
export function nodeTransportSuite(files: readonly string[]): Suite {
  return {
    name: 'edge on node:http',
    files: files.filter(file => isIn('edge', file) && listeners.some(opener => reaches(file, opener))),
    jobs: 4,
    isCompiled: true,
    env: { MESHER_TRANSPORT: 'node' }
  }
}

/** The tests of services once more, on the oldest PostgreSQL. Files that use no database would find nothing new. */
export function oldestPostgresSuite(files: readonly string[]): Suite | null {
  if (!fs.existsSync(oldestPostgres)) return null
  return {
    name: 'services on PostgreSQL 15',
    files: slowestFirst(files.filter(file => isIn('services', file) && reaches(file, sharedDatabase))),
    jobs: 3,
    isCompiled: true,
    env: { MESHER_TEST_PG_BIN: oldestPostgres }
  }
}

export function browserSuite(files: readonly string[]): Suite {
  return {
    name: 'e2e',
    files: slowestFirst(files.filter(file => isIn('e2e', file))),
    // A browser waits for the network half of its time.
    jobs: 3,
    isCompiled: true
  }
}

/** Two that run side by side. */
export function faultSuites(files: readonly string[]): Suite[] {
  const faults = files.filter(file => isIn('faults', file))
  return [
    { name: 'faults under load', files: faults.filter(file => !waiting.includes(file)), jobs: 1, isCompiled: true },
    { name: 'faults between nodes', files: faults.filter(file => waiting.includes(file)), jobs: 1, isCompiled: true }
  ]
}

export function isOfDashboard(file: string): boolean {
  return file.startsWith('web/')
}

export function isIn(folder: string, file: string): boolean {
  return file.startsWith(`tests/${folder}/`)
}

/** Whether a file imports another, be it over other files of the tests. */
export function reaches(file: string, target: string, seen = new Set<string>()): boolean {
  if (file === target) return true
  if (seen.has(file) || !file.startsWith('tests/')) return false
  seen.add(file)
  const imports = fs.readFileSync(file, 'utf8').matchAll(/\bfrom '(\.[^']+)'/g)
  return [...imports].some(([, found = '']) => reaches(path.join(path.dirname(file), found), target, seen))
}

function slowestFirst(files: readonly string[]): string[] {
  return [...slowest.filter(file => files.includes(file)), ...files.filter(file => !slowest.includes(file))]
}
