// Goal: what people type becomes filters where it is meant so, and stays text where it is not.
import { expect, it } from 'vitest'
import { searchOf, withValue } from './eventSearch.ts'

const none = { level: [], environment: [], release: [], user: [], tag: [] }

it('leaves words, phrases, exclusions and alternatives to the server', () => {
  expect(searchOf('payment "card declined" -retry or refund')).toEqual({
    words: 'payment "card declined" -retry or refund',
    filters: none,
    wrong: ''
  })
})

it('leaves errors, stacks, addresses and ids to the server', () => {
  const words = 'error.type:Type* error.value:"was lost" error.handled:no stack.function:main url:/cart event_id:x'
  expect(searchOf(words)).toEqual({ words, filters: none, wrong: '' })
  expect(searchOf('transaction:"GET /" http.method:GET').filters.tag).toEqual(['transaction:GET /', 'http.method:GET'])
})

it('makes filters of terms and keeps the words around them', () => {
  expect(searchOf('timeout level:error env:production user:a@example.com browser:"Edge 139" refused')).toEqual({
    words: 'timeout refused',
    filters: {
      level: ['error'],
      environment: ['production'],
      release: [],
      user: ['a@example.com'],
      tag: ['browser:Edge 139']
    },
    wrong: ''
  })
})

it('reads lists', () => {
  expect(searchOf('release:[web@1.0, "web 2"]').filters.release).toEqual(['web@1.0', 'web 2'])
})

it('takes addresses, quoted terms and unfinished terms for text', () => {
  expect(searchOf('https://example.com/a "a:b" TypeError:')).toEqual({
    words: 'https://example.com/a "a:b" TypeError:',
    filters: none,
    wrong: ''
  })
})

it('searches messages for what is asked of them', () => {
  expect(searchOf('message:"not found" message:gone').words).toBe('message:"not found" message:gone')
})

it('leaves to the server what no filter can say', () => {
  const text =
    '!browser:Edge -os:Linux release:>1.2.0 tenant:17 ActiveRecord::NotFound has:user release:web@4.* ' +
    'User.Email:a@example.com firstSeen:-7d !level:[info,debug] timeout'
  expect(searchOf(`${text} os:Linux`)).toEqual({ words: text, filters: { ...none, tag: ['os:Linux'] }, wrong: '' })
})

it('leaves the whole search to the server where operators are in it', () => {
  for (const words of ['level:error OR level:fatal', '(level:error user:7) timeout', 'NOT browser:Edge']) {
    expect(searchOf(words)).toEqual({ words, filters: none, wrong: '' })
  }
})

it('says what cannot be asked for', () => {
  expect(searchOf('level:loud').wrong).toContain('A level is one of')
})

it('adds a value once', () => {
  expect(withValue(['a'], 'b')).toEqual(['a', 'b'])
  expect(withValue(['a', 'b'], 'b')).toEqual(['a', 'b'])
})
