/**
 * Keyboard shortcuts: one listener for all, pages register theirs while they are shown, and the sheet behind `?` lists
 * what is there. Keys typed into fields and into open layers are never taken; Escape belongs to the layers. A sequence
 * is written `g i`, modifiers `Mod+k`, `Shift+x`.
 */
import { onScopeDispose, shallowRef } from 'vue'
import { singleKeys } from './preferences.ts'

export type Shortcut = {
  keys: string
  does: string
  /** The heading in the sheet. */
  group: string
  run: () => void
  /** The command palette offers it, too. */
  isCommand?: true
  /** Left out of the sheet: another way to do what is listed. */
  hidden?: boolean
}

const sequenceMs = 1_200

/** Those of what was shown last come first. */
export const shortcuts = shallowRef<readonly Shortcut[]>([])

export function useShortcuts(mine: readonly Shortcut[]): void {
  shortcuts.value = [...mine, ...shortcuts.value]
  onScopeDispose(() => {
    shortcuts.value = shortcuts.value.filter(shortcut => !mine.includes(shortcut))
  })
}

const isMac = (): boolean => /mac|iphone|ipad/i.test(navigator.platform)

/** As it stands in a <kbd>: "Ctrl K", "g then i". */
export function keyLabel(keys: string): string {
  return keys
    .split(' ')
    .map(key =>
      key.includes('+')
        ? key
            .replace(/\+(.)$/, (_, letter: string) => ` ${letter.toUpperCase()}`)
            .replace('Mod', isMac() ? '⌘' : 'Ctrl')
        : key
    )
    .join(' then ')
}

/** For `aria-keyshortcuts`. */
export function ariaKeys(keys: string): string {
  return keys.replace('Mod', isMac() ? 'Meta' : 'Control')
}

/**
 * What was pressed, in the form that shortcuts are written in. Shift stands only where it does not make another
 * character.
 */
export function pressed(event: KeyboardEvent): string {
  const mod = event.metaKey || event.ctrlKey ? 'Mod+' : ''
  const isLetter = /^[a-z]$/i.test(event.key)
  const key = event.key === ' ' ? 'Space' : event.key
  const shift = event.shiftKey && (isLetter || key.length > 1) ? 'Shift+' : ''
  return mod + (event.altKey ? 'Alt+' : '') + shift + (isLetter ? key.toLowerCase() : key)
}

const layers = '[role=dialog], [role=alertdialog], [role=menu], [role=listbox]'
const fields = 'input, textarea, select, [contenteditable=true]'

function belongsElsewhere(event: KeyboardEvent, hasModifier: boolean): boolean {
  if (event.defaultPrevented || event.isComposing) return true
  const { target } = event
  if (!(target instanceof Element)) return false
  if (target.closest(layers) !== null) return true
  const isButton =
    (event.key === 'Enter' || event.key === ' ') && target.closest('a, button, summary, [role=button]') !== null
  return isButton || (!hasModifier && target.closest(fields) !== null && !isCheckbox(target))
}

function isCheckbox(target: Element): boolean {
  return target instanceof HTMLInputElement && (target.type === 'checkbox' || target.type === 'radio')
}

/** Called once by the shell's app; answers how to stop. */
export function listenForShortcuts(
  target: EventTarget = window,
  clock: () => number = () => performance.now()
): () => void {
  let first = { key: '', at: -Infinity }

  function hear(event: Event): void {
    if (!(event instanceof KeyboardEvent)) return
    const key = pressed(event)
    const hasModifier = key.startsWith('Mod+')
    if (belongsElsewhere(event, hasModifier) || (!hasModifier && !singleKeys.value)) return
    const sequence = clock() - first.at < sequenceMs ? `${first.key} ${key}` : ''
    const shortcut =
      shortcuts.value.find(({ keys }) => keys === sequence) ?? shortcuts.value.find(({ keys }) => keys === key)
    first = shortcut === undefined || shortcut.keys === key ? { key, at: clock() } : { key: '', at: -Infinity }
    if (shortcut === undefined) return
    event.preventDefault()
    shortcut.run()
  }

  target.addEventListener('keydown', hear)
  return () => target.removeEventListener('keydown', hear)
}
