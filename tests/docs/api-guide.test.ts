// Goal: every command of the walk through the API runs, in the order of the page, and prints what the page shows.
// Method: all commands in one shell against a fresh node. Of responses that the page shows, the names of all fields are
// compared.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { text } from 'node:stream/consumers'
import t from 'tap'
import { runningNode } from '../support/running-node.ts'

t.setTimeout(120_000)

type Block = { kind: 'sh' | 'json'; text: string }

const page = await readFile('docs/api-guide.md', 'utf8')
const blocks: Block[] = [...page.matchAll(/^```(sh|json)\n([\s\S]*?)^```$/gm)].map(([, kind, text = '']) => ({
  kind: kind === 'sh' ? 'sh' : 'json',
  text
}))
const endOfBlock = '\u001e'

/** What each block has printed. */
async function run(commands: readonly string[]): Promise<string[]> {
  const shell = spawn(
    'bash',
    ['-eu', '-o', 'pipefail', '-c', commands.map(each => `${each}\nprintf '\\036'\n`).join('')],
    { stdio: ['ignore', 'pipe', 'pipe'] }
  )
  const [out, errors] = await Promise.all([text(shell.stdout), text(shell.stderr), once(shell, 'exit')])
  if (errors !== '') throw new Error(`${out.slice(-1_000)}\n${errors}`)
  return out.split(endOfBlock)
}

/** The names of fields at every depth; a list is as its first item. */
function shapeOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.length === 0 ? [] : [shapeOf(value[0])]
  if (typeof value !== 'object' || value === null) return null
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, shapeOf(inner)]))
}

t.test('every command of the page runs, and prints what the page shows', async t => {
  const { url } = await runningNode(t, { env: { MESHER_SETUP_TOKEN: 'of-the-link' } })
  const commands = blocks
    .filter(({ kind }) => kind === 'sh')
    .map(({ text }) => text.replace('http://localhost:8080', url).replace('<the token of the link>', 'of-the-link'))
  const printed = await run(commands)

  let command = -1
  for (const [index, { kind, text }] of blocks.entries()) {
    const shown = blocks[index + 1]?.kind === 'json' ? (blocks[index + 1]?.text ?? '') : ''
    if (kind === 'json') continue
    command += 1
    const lines = (printed[command] ?? '').trim().split('\n')
    t.equal(
      lines.some(line => line.includes('urn:mesher:problem:')),
      shown.includes('urn:mesher:problem:'),
      `refused or not as shown: ${text}`
    )
    if (shown !== '') t.same(shapeOf(JSON.parse(lines.at(-1) ?? '')), shapeOf(JSON.parse(shown)), text)
  }
})
