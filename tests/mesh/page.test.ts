// Goal: the program of docs/mesh.md is the tested one, and prints what the page shows. Method: the page's blocks are
// compared with the file and with what the file prints.
import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import t from 'tap'
import { execArgv, extension } from '../support/program.ts'

const page = await readFile('docs/mesh.md', 'utf8')

function block(language: string): string {
  return new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, 'm').exec(page)?.[1] ?? `no block of ${language}`
}

t.test('the page shows the program as it is', async t => {
  t.equal(block('ts'), await readFile('tests/mesh/page-program.ts', 'utf8'))
})

t.test('the program prints what the page shows', async t => {
  const program = fileURLToPath(new URL(`./page-program${extension}`, import.meta.url))
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [...execArgv, program])
  t.equal(stdout, block('text'))
  t.equal(stderr, '')
})
