// Goal: a version is the same wherever it stands, and the changelog has a dated section for it.
// Method: the files as they are; a section that is not released yet may stand above.
import { readFileSync } from 'node:fs'
import t from 'tap'
import * as v from 'valibot'

const packageSchema = v.pipe(v.string(), v.parseJson(), v.object({ version: v.string() }))
const lockSchema = v.pipe(
  v.string(),
  v.parseJson(),
  v.object({ packages: v.object({ '': v.object({ version: v.string() }), web: v.object({ version: v.string() }) }) })
)

t.test('packages, lock file and changelog name one version', async t => {
  const { version } = v.parse(packageSchema, readFileSync('package.json', 'utf8'))
  t.equal(v.parse(packageSchema, readFileSync('web/package.json', 'utf8')).version, version)
  const { packages } = v.parse(lockSchema, readFileSync('package-lock.json', 'utf8'))
  t.same([packages[''].version, packages.web.version], [version, version])
  const [, released] = /^## (\d+\.\d+\.\d+) \(\d{4}-\d{2}-\d{2}\)$/m.exec(readFileSync('CHANGELOG.md', 'utf8')) ?? []
  t.equal(released, version)
})
