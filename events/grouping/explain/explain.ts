/**
 * Why an event has its fingerprint: which rule decided, and what counts of each part beside what was sent. It is made
 * by grouping the event once more and watching, so it cannot differ from what grouping does.
 */
import type { Exception, NormalisedEvent, Stacktrace } from '../../../schema/event.ts'
import type {
  ExplainedContent,
  ExplainedException,
  ExplainedTrace,
  Explanation
} from '../../../schema/api/event-grouping.ts'
import { isStandIn } from '../fingerprint.ts'
import { group, version, type Decision } from '../group.ts'
import { languageOfPlatform } from '../languages/languages.ts'
import { normaliseMessage } from '../message.ts'
import { messageComponent } from '../message-components.ts'
import type { Ruled } from '../rules/apply.ts'
import { formattedMessage } from '../titles.ts'
import { expanded, variablesIn } from '../variables.ts'
import type { GroupingWatch } from '../watch.ts'
import { explainText } from './names.ts'
import { reasonOf } from './reasons.ts'
import { explainTrace, watchTrace, type SeenTraces, type TraceFacts } from './traces.ts'

type Seen = {
  traces: SeenTraces
  exceptions: Map<Exception, { stacktrace: Stacktrace | null; components: readonly string[] }>
  content: Decision | null
}

/** `event` is what rules of the project made of the stored one, `ruled` what they say of it. */
export function explain(event: NormalisedEvent, ruled: Ruled | null): Explanation {
  const seen: Seen = { traces: new Map(), exceptions: new Map(), content: null }
  const { fingerprint, grouping } = group(event, ruled, watchOf(seen))
  const parts = partsOf(event, grouping.rule, ruled)
  const facts = {
    language: languageOfPlatform(event.platform ?? ''),
    images: event.debug_meta?.images,
    marks: ruled?.marks ?? null
  }
  return {
    version,
    rule: grouping.rule,
    reason: reasonOf(grouping.rule, event),
    fingerprint,
    parts: parts.map(part => explainPart(part, event, seen.content)),
    content: seen.content === null ? null : explainContent(event, seen.content, seen, facts),
    rules: {
      fingerprint: ruled?.rule?.text ?? null,
      stack: [...(ruled?.changes ?? [])].map(([rule, frames]) => ({ rule: rule.text, frames: [...new Set(frames)] }))
    }
  }
}

function watchOf(seen: Seen): GroupingWatch {
  return {
    frames: (frames, choice) => watchTrace(seen.traces, frames, choice),
    exception: (exception, stacktrace, components) => {
      seen.exceptions.set(exception, { stacktrace, components })
    },
    content: decision => {
      seen.content = { rule: decision.rule, components: [...decision.components] }
    }
  }
}

function partsOf(event: NormalisedEvent, rule: Decision['rule'], ruled: Ruled | null): readonly string[] {
  if (rule === 'custom') return event.fingerprint ?? []
  return rule === 'custom_rule' ? (ruled?.rule?.parts ?? []) : []
}

function explainPart(sent: string, event: NormalisedEvent, content: Decision | null): Explanation['parts'][number] {
  const isDefault = isStandIn(sent)
  const names = isDefault ? [] : [...new Set(variablesIn(sent).map(({ name }) => name))]
  return {
    sent,
    used: isDefault && content !== null ? [...content.components] : [expanded(sent, event, 'fingerprint')],
    is_default: isDefault,
    variables: names.map(name => ({ name, value: expanded(`{{ ${name} }}`, event, 'fingerprint') }))
  }
}

function explainContent(
  event: NormalisedEvent,
  { rule, components }: Decision,
  seen: Seen,
  facts: TraceFacts
): ExplainedContent {
  const speaks = components.some(component => component.startsWith('message '))
  return {
    rule,
    reason: reasonOf(rule, event),
    components,
    exceptions: rule === 'exception' ? explainExceptions(event, seen, facts) : [],
    trace: rule === 'stack' ? stackOf(event, seen, facts) : null,
    message: speaks ? explainMessage(event) : null
  }
}

function explainMessage(event: NormalisedEvent): ExplainedContent['message'] {
  const used = messageComponent(event)
  const text = formattedMessage(event)
  const template = event.logentry?.message ?? ''
  const isTemplate = template === used || (normaliseMessage(text) !== used && normaliseMessage(template) === used)
  return { ...explainText(isTemplate ? template : text, used), is_template: isTemplate }
}

function explainExceptions(event: NormalisedEvent, seen: Seen, facts: TraceFacts): ExplainedException[] {
  const exceptions = event.exception?.values ?? []
  const types = new Set([...seen.exceptions.keys()].map(({ type }) => type ?? ''))
  const isGroup = exceptions.at(-1)?.mechanism?.is_exception_group === true
  return exceptions.map((exception, index): ExplainedException => {
    const { type, value } = exception
    const counted = seen.exceptions.get(exception)
    if (counted === undefined) {
      const fate = isGroup ? fateInGroup(exception, types) : 'older'
      return { index, type: type ?? '', fate, type_counts: false, value: null, trace: null }
    }
    const { stacktrace, components } = counted
    return {
      index,
      type: type ?? '',
      fate: 'counts',
      type_counts: components.some(component => component.startsWith('type ')),
      value: value && components.some(component => component.startsWith('value ')) ? explainText(value) : null,
      trace: stacktrace === null ? null : traceOf(stacktrace, event, seen, facts)
    }
  })
}

function fateInGroup({ mechanism, type }: Exception, types: ReadonlySet<string>): ExplainedException['fate'] {
  if (mechanism?.is_exception_group === true) return 'group'
  return types.has(type ?? '') ? 'same_type' : 'cause_of_member'
}

function traceOf(
  stacktrace: Stacktrace,
  event: NormalisedEvent,
  { traces }: Seen,
  facts: TraceFacts
): ExplainedTrace | null {
  const seen = traces.get(stacktrace.frames)
  if (seen === undefined) return null
  const isOfThread = event.threads?.values.some(thread => thread.stacktrace === stacktrace) === true
  const from = isOfThread ? 'thread' : stacktrace === event.stacktrace ? 'stacktrace' : 'exception'
  return explainTrace(stacktrace.frames, seen, facts, from)
}

/** The one that was looked at last decided. */
function stackOf(event: NormalisedEvent, seen: Seen, facts: TraceFacts): ExplainedTrace | null {
  const stacktraces = [event.stacktrace, ...(event.threads?.values ?? []).map(({ stacktrace }) => stacktrace)]
  const frames = [...seen.traces.keys()].at(-1)
  const decisive = stacktraces.find(stacktrace => stacktrace != null && stacktrace.frames === frames)
  return decisive == null ? null : traceOf(decisive, event, seen, facts)
}
