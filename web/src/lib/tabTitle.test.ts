// @vitest-environment happy-dom
// Goal: the tab says where one is and how many alerts are active, whichever is known first.
import { expect, it } from 'vitest'
import { countInTab, nameTab } from './tabTitle.ts'

it('names the tab by what is shown, and leaves out what there is not', () => {
  nameTab('Issues', 'web-shop')
  expect(document.title).toBe('Issues · web-shop · Mesher')
  nameTab(undefined, '')
  expect(document.title).toBe('Mesher')
})

it('counts active alerts before the name, through changes of the page', () => {
  nameTab('Issues', 'web-shop')
  countInTab(2)
  expect(document.title).toBe('(2) Issues · web-shop · Mesher')
  nameTab('Alerts', 'web-shop')
  expect(document.title).toBe('(2) Alerts · web-shop · Mesher')
  countInTab(0)
  expect(document.title).toBe('Alerts · web-shop · Mesher')
})
