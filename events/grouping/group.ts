/**
 * Which issue an event belongs to. The first rule that has something to say decides; its components, with the version
 * and the rule, are hashed into the fingerprint, and stored with the issue so that the dashboard can say why. The
 * version changes when the same event would get other components: then v1/ keeps what came before, and events find the
 * issues that it made (services/commit).
 */
import { isText, type Exception, type NormalisedEvent } from '../../schema/event.ts'
import type { Grouping } from '../../schema/pipeline.ts'
import { limits } from '../../schema/limits.ts'
import { firstLine } from '../text.ts'
import { exceptionComponents } from './exceptions.ts'
import { fingerprintComponents, isStandIn, resolved } from './fingerprint.ts'
import { fingerprintOf, version } from './fingerprint-hash.ts'
import { frameComponents, type FrameMarks, type FramesContext } from './frames.ts'
import { languageOfPlatform } from './languages/languages.ts'
import { native } from './languages/native.ts'
import { messageComponent } from './message-components.ts'
import type { Ruled } from './rules/apply.ts'
import { withRules } from './rules/explained.ts'
import type { FingerprintRule } from './rules/parse.ts'
import { securityReport } from './security.ts'
import { crashedThread, decisiveThread } from './threads.ts'
import { titleOf } from './titles.ts'
import { expanded } from './variables.ts'
import type { GroupingWatch } from './watch.ts'

export { version }

/** `title` is what a rule of the project calls the event. */
export type Decision = Pick<Grouping, 'rule' | 'components'>

export type Grouped = { fingerprint: string; grouping: Grouping; title: string | undefined }

/**
 * `ruled` is what the rules of the project say of this event; null without any. `watch` sees every step, for those who
 * ask why.
 */
export function group(event: NormalisedEvent, ruled: Ruled | null = null, watch: GroupingWatch | null = null): Grouped {
  const marks = ruled?.marks ?? null
  const computed = () => {
    const { rule, components } = byContent(event, marks, watch)
    return [`default ${rule}`, ...components]
  }
  const custom = fingerprintComponents(event, computed)
  const matched = custom === null ? ruled?.rule : null
  const { rule, components } =
    custom !== null
      ? { rule: 'custom' as const, components: custom }
      : matched != null && !isDefault(matched)
        ? { rule: 'custom_rule' as const, components: resolved(matched.parts, event, computed) }
        : byContent(event, marks, watch)
  return {
    fingerprint: fingerprintOf(rule, components),
    grouping: { rule, version, components: ruled === null ? components : withRules(components, matched, ruled) },
    title: matched?.title == null ? undefined : titleByRule(matched.title, event)
  }
}

/** Such a rule keeps events from those below it, or gives them a title. */
function isDefault({ parts }: FingerprintRule): boolean {
  return parts.every(isStandIn)
}

function titleByRule(title: string, event: NormalisedEvent): string {
  return firstLine(expanded(title, event, 'title'), limits.titleCharsMax) || titleOf(event)
}

function byContent(event: NormalisedEvent, marks: FrameMarks | null, watch: GroupingWatch | null): Decision {
  const decision = decided(event, {
    language: languageOfPlatform(event.platform ?? ''),
    images: event.debug_meta?.images,
    isOverflow: () => false,
    marks,
    watch
  })
  watch?.content(decision)
  return decision
}

function decided(event: NormalisedEvent, context: FramesContext): Decision {
  const exceptions = isMessageAsException(event) ? [] : exceptionComponents(event, context)
  if (exceptions.length > 0) return { rule: 'exception', components: withMessage(exceptions, event) }

  const message = messageComponent(event)
  const frames = message === '' || isNativeCrash(event, context) ? stackComponents(event, context) : []
  if (frames.length > 0) return { rule: 'stack', components: [...frames] }
  if (event.csp !== undefined) return { rule: 'security', components: securityComponents(event.csp) }
  if (message !== '') return { rule: 'message', components: withLogger(message, event.logger) }

  const sdk = typeof event.sdk?.name === 'string' ? event.sdk.name.slice(0, 200) : ''
  return {
    rule: 'fallback',
    components: [`platform ${event.platform ?? ''}`, `transaction ${event.transaction ?? ''}`, `sdk ${sdk}`]
  }
}

/** SDKs that add a stack to a message send it as an exception that nobody threw: the words decide, as without it. */
export function isMessageAsException(event: NormalisedEvent): boolean {
  const values = event.exception?.values ?? []
  const [only] = values
  if (values.length !== 1 || only === undefined || only.mechanism?.synthetic !== true || only.type) return false
  return [event.message, event.logentry?.formatted, event.logentry?.message].some(
    text => isText(text) && text === only.value
  )
}

/** An exception of which the type alone is known is not the same in every message. */
function withMessage(components: string[], event: NormalisedEvent): string[] {
  if (!components.every(isType) || event.exception?.values.every(hasNoText) !== true) return components
  const message = messageComponent(event)
  return message === '' ? components : [...components, `message ${message}`]
}

function isType(component: string): boolean {
  return component.startsWith('type ')
}

function hasNoText({ value }: Exception): boolean {
  return !isText(value)
}

function withLogger(message: string, logger: string | undefined): string[] {
  return logger === undefined ? [`message ${message}`] : [`message ${message}`, `logger ${logger}`]
}

/** A crash of a native program is where it crashed, whatever is said about it. */
export function isNativeCrash({ threads }: NormalisedEvent, { language }: Pick<FramesContext, 'language'>): boolean {
  return language === native && crashedThread(threads?.values ?? []) !== undefined
}

function stackComponents({ stacktrace, threads }: NormalisedEvent, context: FramesContext): readonly string[] {
  const decisive = stacktrace ?? decisiveThread(threads?.values ?? [])?.stacktrace
  return decisive == null ? [] : frameComponents(decisive.frames, context)
}

function securityComponents(csp: Record<string, unknown>): string[] {
  const { directive, blocked } = securityReport(csp)
  return [`directive ${directive}`, `blocked ${blocked}`]
}
