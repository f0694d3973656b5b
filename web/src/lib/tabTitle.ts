/**
 * The title of the browser's tab: what is shown, and before it how many alerts are active, for people who have Mesher
 * open behind other tabs.
 */
let shown = ''
let active = 0

function write(): void {
  document.title = active > 0 ? `(${active}) ${shown}` : shown
}

export function nameTab(...parts: readonly (string | undefined)[]): void {
  shown = [...parts, 'Mesher'].filter(part => part !== undefined && part !== '').join(' · ')
  write()
}

export function countInTab(activeAlerts: number): void {
  active = activeAlerts
  write()
}
