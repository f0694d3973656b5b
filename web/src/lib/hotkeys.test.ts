// @vitest-environment happy-dom
// Goal: shortcuts run where they should, and typing, open layers and Escape are left alone.
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { effectScope, type EffectScope } from 'vue'
import { listenForShortcuts, shortcuts, useShortcuts } from './hotkeys.ts'
import { singleKeys } from './preferences.ts'

let ran: string[] = []
let scope: EffectScope
let stop = (): void => {}

beforeEach(() => {
  ran = []
  vi.useFakeTimers()
  scope = effectScope()
  scope.run(() =>
    useShortcuts(
      ['j', 'Shift+x', '?', 'g i', 'Mod+k', 'Space'].map(keys => ({
        keys,
        does: keys,
        group: 'x',
        run: () => {
          ran.push(keys)
        }
      }))
    )
  )
  stop = listenForShortcuts()
  singleKeys.value = true
})
afterEach(() => {
  vi.useRealTimers()
  stop()
  scope.stop()
  document.body.innerHTML = ''
})

function press(key: string, on: EventTarget = document.body, more: KeyboardEventInit = {}): void {
  on.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true, ...more }))
}

it('runs single keys, shifted ones, signs and sequences', () => {
  press('j')
  press('X', document.body, { shiftKey: true })
  press('?', document.body, { shiftKey: true })
  press('g')
  press('i')
  press(' ', document.body, { code: 'Space' })
  expect(ran).toEqual(['j', 'Shift+x', '?', 'g i', 'Space'])
})

it('forgets the first key of a sequence after a while', () => {
  press('g')
  vi.advanceTimersByTime(2_000)
  press('i')
  expect(ran).toEqual([])
})

it('leaves fields and layers alone, but for modifiers in fields', () => {
  document.body.innerHTML = '<input id="field"><div role="dialog"><button id="inside"></button></div>'
  const field = document.getElementById('field') ?? window
  press('j', field)
  press('j', document.getElementById('inside') ?? window)
  press('k', field, { ctrlKey: true })
  expect(ran).toEqual(['Mod+k'])
})

it('can do without single keys', () => {
  singleKeys.value = false
  press('j')
  press('k', document.body, { ctrlKey: true })
  expect(ran).toEqual(['Mod+k'])
})

it('goes on with a sequence when a component with shortcuts comes in the middle of it', () => {
  press('g')
  scope.run(() => useShortcuts([{ keys: 'z', does: 'z', group: 'x', run: () => {} }]))
  press('i')
  expect(ran).toEqual(['g i'])
})

it('takes the second key of a sequence for nothing else', () => {
  scope.run(() =>
    useShortcuts([
      {
        keys: 'i',
        does: 'i',
        group: 'x',
        run: () => {
          ran.push('i')
        }
      }
    ])
  )
  press('g')
  press('i')
  press('i')
  expect(ran).toEqual(['g i', 'i'])
})

it('forgets shortcuts with the component that brought them', () => {
  scope.stop()
  expect(shortcuts.value).toEqual([])
})
