// Goal: words of the command line select whole names, of folders and of files, and a word that selects nothing is
// known; tests of installed packages are not ours. Method: a list of files as there may be, and those that there are.
import t from 'tap'
import { selected, subjects, testFiles } from './files.ts'

const files = [
  'tests/api/issue-changes.test.ts',
  'tests/api/issues.test.ts',
  'tests/services/issues/list.test.ts',
  'tests/services/search/issues/query.test.ts',
  'web/src/features/issues/tabs.test.ts'
]

t.test('a folder or a file of that name is selected wherever it lies', async t => {
  t.same(selected(files, ['issues']).found, files.slice(1))
})

t.test('a part of a name selects nothing', async t => {
  t.same(selected(files, ['issue', 'list']), { found: ['tests/services/issues/list.test.ts'], unknown: ['issue'] })
})

t.test('paths and parts of paths select too', async t => {
  t.same(selected(files, ['services/issues/']).found, ['tests/services/issues/list.test.ts'])
  t.same(selected(files, ['tests/api/issues.test.ts']).found, ['tests/api/issues.test.ts'])
})

t.test('a file that two words select is selected once', async t => {
  t.same(selected(files, ['tabs', 'features', 'query']).found, files.slice(3))
})

t.test('every folder on the way to a test is a subject', async t => {
  t.same(subjects(files), ['api', 'features', 'issues', 'search', 'services', 'src', 'tests', 'web'])
})

t.test('tests of the packages that tests install are none', async t => {
  const found = testFiles()
  t.ok(found.includes('tests/runner/files.test.ts'))
  t.same(
    found.filter(file => file.includes('node_modules')),
    []
  )
})
