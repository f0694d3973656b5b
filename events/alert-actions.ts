/**
 * Secrets in the actions of alert rules: masked when a rule is read, and put back when what was read is sent again.
 * Which fields are secrets is said in schema/channels.ts; of an address that is one, the host stays.
 */
import * as v from 'valibot'
import { action as actionSchema, type Action } from '../schema/alerts.ts'
import { channelNamed, mask, type ChannelField } from '../schema/channels.ts'

export function maskedAction(action: Action): Action {
  return withFields(action, (field, value) => (field.secret === true ? maskOf(field, value) : value))
}

/** For who may read a rule and not change it: of every address that is called the host alone. */
export function readersAction(action: Action): Action {
  return withFields(action, (field, value) =>
    field.secret === true || field.kind === 'url' ? maskOf(field, value) : value
  )
}

function maskOf(field: ChannelField, value: string): string {
  return field.kind === 'url' ? `${new URL(value).origin}/${mask}` : mask
}

/** The address that is called; that of the service where the action names none. Not for mail, which has none. */
export function addressOf(action: Action): string {
  const url = fieldOf(action, 'url') ?? channelNamed(action.type).fields.find(({ name }) => name === 'url')?.fallback
  if (url === undefined) throw new Error(`an action of type ${action.type} has no address`)
  return url
}

/** Where a delivery goes, for people. */
export function targetOf(action: Action): string {
  if (action.type === 'email') return action.to.join(', ')
  if (action.type === 'webhook') return action.url
  const { host } = new URL(addressOf(action))
  return action.type === 'telegram' ? `${action.chat_id} at ${host}` : host
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
    const restored = isMasked(action) ? restoredFrom(action, stored) : action
    if (restored === undefined) return { ok: false, index }
    actions.push(restored)
  }
  return { ok: true, actions }
}

function isMasked(action: Action): boolean {
  const url = fieldOf(action, 'url')
  return secretsOf(action).some(([, value]) => value === mask) || (url !== undefined && isMaskedUrl(url))
}

function isMaskedUrl(value: string): boolean {
  return value.endsWith(`/${mask}`)
}

/** A secret goes back to the address that it was given for alone. Of several that look alike the first is meant. */
function restoredFrom(action: Action, stored: readonly Action[]): Action | undefined {
  const known = stored.find(known => known.type === action.type && fits(action, known))
  return known === undefined
    ? undefined
    : withFields(action, (field, value) => {
        const before = fieldOf(known, field.name)
        const isMasked = field.secret === true || field.kind === 'url'
        return isMasked && before !== undefined && value === maskOf(field, before) ? before : value
      })
}

function fits(action: Action, known: Action): boolean {
  const shown = maskedAction(known)
  const secretsFit = secretsOf(action).every(
    ([field, value]) => value === fieldOf(shown, field.name) || (value !== mask && !isMaskedUrl(value))
  )
  const url = fieldOf(action, 'url')
  return secretsFit && (url === fieldOf(shown, 'url') || url === fieldOf(readersAction(known), 'url'))
}

function secretsOf(action: Action): [ChannelField, string][] {
  return channelNamed(action.type).fields.flatMap((field): [ChannelField, string][] => {
    const value = field.secret === true ? fieldOf(action, field.name) : undefined
    return value === undefined ? [] : [[field, value]]
  })
}

function fieldOf(action: Action, name: string): string | undefined {
  const value: unknown = new Map<string, unknown>(Object.entries(action)).get(name)
  return typeof value === 'string' ? value : undefined
}

/** Of the fields that are texts; the others stay. */
function withFields(action: Action, change: (field: ChannelField, value: string) => string): Action {
  const changed = channelNamed(action.type).fields.flatMap(field => {
    const value = fieldOf(action, field.name)
    return value === undefined ? [] : [[field.name, change(field, value)]]
  })
  return v.parse(actionSchema, { ...action, ...Object.fromEntries(changed) })
}
