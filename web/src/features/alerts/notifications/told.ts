/** Who is told what, by who is told: every address and channel once, with the rules that tell it. */
import type { ProjectNotifications, Rule } from '../../../api/types.ts'
import { actionName, actionTarget } from '../words/alertWords.ts'

export type Told = {
  /** "ada@example.com", or a channel with its target. */
  who: string
  channel: string
  /** Of a mail address; other channels are asked nothing. */
  state: Rule['recipients'][number]['state'] | 'ready'
  by: { project: ProjectNotifications['project']; rule: Rule }[]
}

/** Rules that are off tell nobody. */
export function toldOf(all: readonly ProjectNotifications[]): Told[] {
  const found = new Map<string, Told>()
  for (const { project, rules } of all) {
    for (const rule of rules.filter(({ enabled }) => enabled)) {
      for (const { who, channel, state } of targetsOf(rule)) {
        const key = `${channel} ${who}`
        const told = found.get(key) ?? { who, channel, state, by: [] }
        told.by.push({ project, rule })
        found.set(key, told)
      }
    }
  }
  return [...found.values()].sort((a, b) => a.channel.localeCompare(b.channel) || a.who.localeCompare(b.who))
}

function targetsOf(rule: Rule): Pick<Told, 'who' | 'channel' | 'state'>[] {
  return rule.actions.flatMap(action =>
    action.type === 'email'
      ? action.to.map(who => ({
          who,
          channel: actionName(action.type),
          state: rule.recipients.find(({ email }) => email === who.toLowerCase())?.state ?? 'ready'
        }))
      : [{ who: actionTarget(action), channel: actionName(action.type), state: 'ready' as const }]
  )
}

/** Projects whose rules tell nobody outside of the dashboard. */
export function silentProjects(all: readonly ProjectNotifications[]): ProjectNotifications['project'][] {
  return all
    .filter(({ rules }) => !rules.some(({ enabled, actions }) => enabled && actions.length > 0))
    .map(({ project }) => project)
}
