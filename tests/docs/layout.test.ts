// Goal: folders stay small enough to be looked through, and prose and SQL narrow enough to be read side by side.
// Method: every file of the project. Code is held to its width by lint.
import { readFileSync } from 'node:fs'
import path from 'node:path'
import t from 'tap'
import { projectFiles } from './files.ts'

const filesMax = 40
const columnsMax = 120
const files = projectFiles()
/** Written by a program, whose sentences come from the table of settings. */
const generated = 'docs/configuration.md'
/** Migrations from before the width was agreed on. They have been applied, so they never change. */
const firstNarrowMigration = '0016'

function tooWide(file: string): string[] {
  return readFileSync(file, 'utf8')
    .split('\n')
    .flatMap((line, index) => {
      const isTable = file.endsWith('.md') && line.startsWith('|')
      return isTable || [...line].length <= columnsMax ? [] : [`${file}:${index + 1}`]
    })
}

t.test('no folder holds more than forty files, tests and migrations aside', async t => {
  const counts = new Map<string, number>()
  const counted = files.filter(file => !/^tests\/|^schema\/migrations\/|\.test\.ts$/.test(file))
  for (const file of counted) {
    const folder = path.dirname(file)
    counts.set(folder, (counts.get(folder) ?? 0) + 1)
  }
  t.same(
    [...counts].filter(([, count]) => count > filesMax),
    []
  )
})

t.test('no line of Markdown is wider than 120 columns, tables aside', async t => {
  const pages = files.filter(file => file.endsWith('.md') && file !== generated)
  t.ok(pages.includes('README.md'))
  t.same(pages.flatMap(tooWide), [])
})

t.test('no line of a migration is wider than 120 columns', async t => {
  const migrations = files.filter(file => file.endsWith('.sql') && path.basename(file) >= firstNarrowMigration)
  t.same(migrations.flatMap(tooWide), [])
})
