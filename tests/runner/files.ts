/**
 * All test files, of the server and of the dashboard, and which of them the words of the command line select. A word
 * selects by whole names: `issues` is a folder of that name anywhere or the file `issues.test.ts`.
 */
import fs from 'node:fs'

const roots = ['tests', 'web/src']
const ending = '.test.ts'

/** Paths from the root of the project, in order, but none of the packages that tests install. */
export function testFiles(): string[] {
  return roots.flatMap(filesBelow).sort()
}

function filesBelow(folder: string): string[] {
  return fs.readdirSync(folder, { withFileTypes: true }).flatMap(entry => {
    const path = `${folder}/${entry.name}`
    if (entry.isDirectory()) return entry.name === 'node_modules' ? [] : filesBelow(path)
    return path.endsWith(ending) ? [path] : []
  })
}

/** The files that any of the words selects, and the words that select none. */
export function selected(files: readonly string[], words: readonly string[]): { found: string[]; unknown: string[] } {
  return {
    found: files.filter(file => words.some(word => isSelectedBy(file, word))),
    unknown: words.filter(word => !files.some(file => isSelectedBy(file, word)))
  }
}

/** The names of all folders with tests. */
export function subjects(files: readonly string[]): string[] {
  return [...new Set(files.flatMap(file => file.split('/').slice(0, -1)))].sort()
}

/** A word may be a path or a part of one: `services/issues`, `tests/api/issues.test.ts`. */
function isSelectedBy(file: string, word: string): boolean {
  const name = word.replace(/\/+$/, '')
  return [file, file.slice(0, -ending.length)].some(path => `/${path}/`.includes(`/${name}/`))
}
