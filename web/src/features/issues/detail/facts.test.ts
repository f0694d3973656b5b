// Goal: what an event's page leads to is what shares the fact: quoted where it must be, and never a search that is too
// long.
import { expect, it } from 'vitest'
import type { EventDetail } from '../../../api/types.ts'
import { factsOf, likeTag, traceTerm } from './facts.ts'

const event = {
  tags: { browser: 'Lynx 2' },
  contexts: { browser: { name: 'Firefox' }, os: { name: 'Linux', version: '6.1' } },
  request: { url: 'https://example.com/a?b=c' },
  transaction: 'GET /cart',
  release: 'shop@1.0',
  dist: '7',
  environment: '',
  user: { id: '17', email: 'ann@example.com' },
  server_name: '',
  logger: 'x'.repeat(1_000),
  platform: 'node'
} as unknown as EventDetail

it('says each fact with the search for it', () => {
  expect(factsOf(event).map(({ name, value, term }) => [name, value.slice(0, 30), term])).toEqual([
    ['URL', 'https://example.com/a?b=c', 'url:"https://example.com/a?b=c"'],
    ['Transaction', 'GET /cart', 'transaction:"GET /cart"'],
    ['Release', 'shop@1.0 · 7', 'release:shop@1.0'],
    ['User', 'ann@example.com', 'user.email:ann@example.com'],
    ['Browser', 'Lynx 2', 'browser:"Lynx 2"'],
    ['OS', 'Linux 6.1', 'os:"Linux 6.1"'],
    ['Logger', 'x'.repeat(30), ''],
    ['Platform', 'node', '']
  ])
})

it('finds what came the same way', () => {
  const frame = (name: string, inApp: boolean) => ({ name, inApp }) as never
  const thrown = { type: 'Type Error', value: '', module: '', mechanism: '', handled: null }
  const trace = { frames: [frame('lib', false), frame('charge card', true)], formatted: '', registers: [] }
  expect(traceTerm({ ...thrown, trace })).toBe('error.type:"Type Error" stack.function:"charge card"')
  expect(traceTerm({ ...thrown, trace: null })).toBe('error.type:"Type Error"')
  expect(traceTerm({ ...thrown, type: '', trace: { ...trace, frames: [frame('<anonymous>', true)] } })).toBe('')
  expect([likeTag('level', 'x y'), likeTag('a', '')]).toEqual(['tags[level]:"x y"', ''])
})
