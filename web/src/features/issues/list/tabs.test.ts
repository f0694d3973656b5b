// Goal: a tab asks for what its name says, a search may ask for other states, and what no longer belongs to a tab is
// known without asking.
import { expect, it } from 'vitest'
import { belongsTo, filterOf, tabNamed } from './tabs.ts'

it('asks for what its name says, beside the search', () => {
  expect(filterOf('unresolved', ' level:error ')).toEqual({ status: 'unresolved', query: 'level:error' })
  expect(filterOf('mine', '')).toEqual({ status: 'unresolved', assignee: 'me', query: '' })
  expect(filterOf('regressed', 'cart')).toEqual({ status: 'unresolved', query: 'cart is:regressed' })
  expect(filterOf('all', '')).toEqual({ status: 'all', query: '' })
  expect(tabNamed('nonsense')).toBe('unresolved')
})

it('lets the search name the state where only the first tab would', () => {
  expect(filterOf('unresolved', 'is:resolved cart')).toEqual({ query: 'is:resolved cart' })
  expect(filterOf('unresolved', 'is:[archived, resolved]')).toEqual({ query: 'is:[archived, resolved]' })
  expect(filterOf('unresolved', 'is:new')).toEqual({ status: 'unresolved', query: 'is:new' })
  expect(filterOf('archived', 'is:resolved').status).toBe('archived')
  const id = 'fc6d8c0c43fc4630ad850ee518f1b9d0'
  expect(filterOf('unresolved', id)).toEqual({ query: id })
  expect(filterOf('resolved', id).status).toBe('resolved')
})

it('knows what has left a tab', () => {
  const issue = { status: 'unresolved', substatus: 'ongoing', assignee: { id: 'u', name: '', email: 'u@example.com' } }
  expect(belongsTo('unresolved', '', issue, 'u')).toBe(true)
  expect(belongsTo('unresolved', '', { ...issue, status: 'resolved' }, 'u')).toBe(false)
  expect(belongsTo('unresolved', 'is:resolved', { ...issue, status: 'resolved' }, 'u')).toBe(true)
  expect(belongsTo('mine', '', issue, 'other')).toBe(false)
  expect(belongsTo('new', '', issue, 'u')).toBe(false)
  expect(belongsTo('all', '', { ...issue, status: 'discarded' }, 'u')).toBe(true)
})
