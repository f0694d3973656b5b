// Goal: every test file is in exactly one suite of the whole run, and the files that the plan names exist. Method: the
// files that there are.
import t from 'tap'
import { testFiles } from './files.ts'
import { browserSuite, faultSuites, isOfDashboard, oldestPostgresSuite, plainSuite, slowest, waiting } from './plan.ts'

const files = testFiles()

t.test('every file is in one suite, or vitest runs it', async t => {
  const suites = [plainSuite(files), browserSuite(files), ...faultSuites(files)]
  t.same(
    suites.flatMap(suite => suite.files).sort(),
    files.filter(file => !isOfDashboard(file))
  )
})

t.test('files that are named exist', async t => {
  t.same(
    [...slowest, ...waiting].filter(file => !files.includes(file)),
    []
  )
})

t.test('the oldest PostgreSQL gets all tests of services that use a database', async t => {
  const again = oldestPostgresSuite(files)?.files
  if (again === undefined) {
    t.pass('it is not installed')
    return
  }
  t.ok(again.includes('tests/services/issues/list.test.ts'), 'one that imports the database')
  t.ok(again.includes('tests/services/alerts/deliveries.test.ts'), 'one that gets it from another file')
  t.notOk(again.includes('tests/services/machine/slugs.test.ts'), 'none without')
})
