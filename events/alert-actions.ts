/**
 * Secrets in the actions of alert rules: masked when a rule is read, and put back when what was read is sent again. The
 * address of a Slack or Discord webhook is itself the secret, but for its host.
 */
import type { Action } from '../schema/alerts.ts'

export const mask = '********'

export function maskedAction(action: Action): Action {
  switch (action.type) {
    case 'webhook':
      return action.secret === undefined ? action : { ...action, secret: mask }
    case 'slack':
    case 'discord':
      return { ...action, url: `${new URL(action.url).origin}/${mask}` }
    case 'email':
      return action
  }
}

/** Where a delivery goes, for people. */
export function targetOf(action: Action): string {
  return action.type === 'email'
    ? action.to.join(', ')
    : action.type === 'webhook'
      ? action.url
      : new URL(action.url).host
}

/**
 * The actions with masks replaced by what is stored; the position of the first whose mask stands for nothing that is
 * known.
 */
export function restoredActions(
  given: readonly Action[],
  stored: readonly Action[]
): { ok: true; actions: Action[] } | { ok: false; index: number } {
  const actions: Action[] = []
  for (const [index, action] of given.entries()) {
    const restored = isMasked(action) ? storedFor(action, stored) : action
    if (restored === undefined) return { ok: false, index }
    actions.push(restored)
  }
  return { ok: true, actions }
}

function isMasked(action: Action): boolean {
  if (action.type === 'email') return false
  return action.type === 'webhook' ? action.secret === mask : action.url.endsWith(`/${mask}`)
}

/** Of several that look alike when masked the first is meant. */
function storedFor(action: Action, stored: readonly Action[]): Action | undefined {
  return stored.find(known => {
    const masked = maskedAction(known)
    if (
      masked.type === 'email' ||
      action.type === 'email' ||
      masked.type !== action.type ||
      masked.url !== action.url
    ) {
      return false
    }
    return masked.type !== 'webhook' || masked.secret === mask
  })
}
