/**
 * Keyboard shortcuts: one listener for all, which tinykeys matches. Pages register theirs while they are shown, and the
 * sheet behind `?` lists them. Keys typed into fields and open layers are left alone; Escape belongs to the layers. A
 * sequence is written `g i`, modifiers `Mod+k`, `Shift+x`.
 */
import { createKeybindingsHandler, type KeyBindingMap } from 'tinykeys'
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

/** The shortcuts of what was shown last come first. */
export const shortcuts = shallowRef<readonly Shortcut[]>([])

/**
 * The handlers of each component, the newest first. They are apart, so that a component which comes between two keys of
 * a sequence leaves it alone; and sequences go before the single keys that they end with.
 */
let registered: readonly { sequences: EventListener; singles: EventListener }[] = []

export function useShortcuts(mine: readonly Shortcut[]): void {
  const isSequence = ({ keys }: Shortcut): boolean => keys.includes(' ')
  const handlers = {
    sequences: handlerOf(mine.filter(isSequence)),
    singles: handlerOf(mine.filter(one => !isSequence(one)))
  }
  registered = [handlers, ...registered]
  shortcuts.value = [...mine, ...shortcuts.value]
  onScopeDispose(() => {
    registered = registered.filter(one => one !== handlers)
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

const layers = '[role=dialog], [role=alertdialog], [role=menu], [role=listbox]'
const pressable = 'a, button, summary, [role=button]'
const fields = 'input, textarea, select, [contenteditable=true]'

function belongsElsewhere(event: KeyboardEvent, hasModifier: boolean): boolean {
  if (event.defaultPrevented || event.isComposing) return true
  const { target } = event
  if (!(target instanceof Element)) return false
  if (target.closest(layers) !== null) return true
  // A row that is a button opens with Enter; Space stays the page's where the row leaves it (`data-leaves-space`).
  const isButton =
    (event.key === 'Enter' && target.closest(pressable) !== null) ||
    (event.key === ' ' && target.closest(`:is(${pressable}):not([data-leaves-space])`) !== null)
  return isButton || (!hasModifier && target.closest(fields) !== null && !isCheckbox(target))
}

function isCheckbox(target: Element): boolean {
  return target instanceof HTMLInputElement && (target.type === 'checkbox' || target.type === 'radio')
}

/**
 * What tinykeys calls these keys. Which signs need Shift depends on the keyboard, so for a sign it does not count.
 */
function pressesOf(keys: string): string[] {
  const isSign = keys.length === 1 && !/[a-z]/.test(keys)
  return isSign ? [keys, `Shift+${keys}`] : [keys.replace('Mod', '$mod')]
}

/** Of shortcuts with the same keys the first counts, and whatever has run keeps the others from it. */
function handlerOf(mine: readonly Shortcut[]): EventListener {
  const bindings: KeyBindingMap = {}
  for (const { keys, run } of mine) {
    for (const press of pressesOf(keys)) {
      bindings[press] ??= event => {
        if (event.defaultPrevented) return
        event.preventDefault()
        run()
      }
    }
  }
  return createKeybindingsHandler(bindings, { timeout: sequenceMs })
}

/** Called once by the shell; returns how to stop. */
export function listenForShortcuts(target: EventTarget = window): () => void {
  function hear(event: Event): void {
    if (!(event instanceof KeyboardEvent)) return
    const hasModifier = event.metaKey || event.ctrlKey
    if (belongsElsewhere(event, hasModifier) || (!hasModifier && !singleKeys.value)) return
    const now = [...registered]
    for (const { sequences } of now) sequences(event)
    for (const { singles } of now) singles(event)
  }

  target.addEventListener('keydown', hear)
  return () => target.removeEventListener('keydown', hear)
}
