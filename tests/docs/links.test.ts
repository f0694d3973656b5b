// Goal: what the documents name is there: pages and headings that they link to, files and folders that they mention.
// Method: every Markdown file of the project; paths in code marks are looked for where they begin with a folder of the
// project. Placeholders such as `<subject>` name nothing.
import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import t from 'tap'
import { projectFiles } from './files.ts'

const files = projectFiles()
const pages = files.filter(file => file.endsWith('.md'))
/** These tell of the past, and of files that were there then. */
const historic = /^(?:CHANGELOG\.md|docs\/decisions\/)/
const folders = new Set(files.filter(file => file.includes('/')).map(file => file.split('/')[0]))

/** As GitHub makes it of a heading. */
function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
    .replaceAll(/\s/g, '-')
}

function headingsOf(file: string): string[] {
  const text = readFileSync(file, 'utf8').replaceAll(/^```[\s\S]*?^```$/gm, '')
  return [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => anchorOf(heading))
}

for (const page of pages) {
  t.test(page, async t => {
    const text = readFileSync(page, 'utf8').replaceAll(/^```[\s\S]*?^```$/gm, '')
    for (const [, link = ''] of text.matchAll(/\]\(([^()\s]+)\)/g)) {
      if (/^[a-z]+:/.test(link)) continue
      const [target = '', anchor] = link.split('#')
      const file = target === '' ? page : path.join(path.dirname(page), target)
      t.ok(existsSync(file), `the link ${link}`)
      if (anchor !== undefined && file.endsWith('.md')) t.ok(headingsOf(file).includes(anchor), `the heading ${link}`)
    }
    if (historic.test(page)) return
    for (const [, name = ''] of text.matchAll(/`([\w.-]+\/[\w./-]*)`/g)) {
      if (folders.has(name.split('/')[0])) t.ok(existsSync(name), `the path ${name}`)
    }
  })
}
