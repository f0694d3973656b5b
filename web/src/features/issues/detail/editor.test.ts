// Goal: a frame opens in the editor at its place, and whatever a client calls its file, the address stays the editor's.
// Method: frames of several languages, and files that try to be something else.
import { expect, it } from 'vitest'
import { linkBy } from './editor.ts'

const code = 'vscode://file/{file}:{line}:{column}'
const idea = 'idea://open?file={file}&line={line}&column={column}'

it('names the file with the folder of the source before it', () => {
  expect(linkBy(code, '/home/me/shop', { file: 'src/cart.ts', line: 12, column: 7 })).toBe(
    'vscode://file/home/me/shop/src/cart.ts:12:7'
  )
  expect(linkBy(code, '', { file: '/srv/app/cart.py', line: 12, column: null })).toBe(
    'vscode://file/srv/app/cart.py:12:1'
  )
  expect(linkBy(idea, '/home/me/', { file: 'webpack:///./src/a b.ts?x', line: 1, column: 2 })).toBe(
    'idea://open?file=/home/me/src/a%20b.ts&line=1&column=2'
  )
})

it('leads nowhere without an editor, a line, a file, or out of the folder', () => {
  const place = { file: 'a.ts', line: 1, column: null }
  expect(linkBy('', '', place)).toBe(null)
  for (const template of ['javascript:alert(1)', 'data:text/html,{file}', 'https://example.com/{file}', 'nothing']) {
    expect(linkBy(template, '', place)).toBe(null)
  }
  expect(linkBy(code, '', { ...place, line: null })).toBe(null)
  expect(linkBy(code, '', { ...place, file: '' })).toBe(null)
  expect(linkBy(code, '/home/me', { ...place, file: '../../etc/passwd' })).toBe(null)
})

it('encodes what would end the path', () => {
  expect(linkBy(idea, '', { file: 'a&line=9#x?.ts', line: 1, column: null })).toBe(
    'idea://open?file=a%26line%3D9&line=1&column=1'
  )
})
