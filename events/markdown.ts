/**
 * An event as Markdown, for people who paste it into a ticket and for language models that are asked about it: what
 * went wrong first, then what led to it. All text of the event is hostile: it stands in code blocks and code spans that
 * it cannot leave, or escaped. The length is bounded whatever the event holds; what is cut says so.
 */
import { isObject } from '../schema/event.ts'
import type { EventView, FormattedException, FormattedStacktrace } from './event-view.ts'
import { exceptionHeading, textOf, traceText } from './frame-text.ts'
import { cut } from './text.ts'

/** What the page says beside the event itself; '' leaves a line out. */
export type MarkdownFacts = {
  title: string
  culprit: string
  id: string
  receivedAt: string
  timestamp: string
  level: string
  environment: string
  release: string
  user: string
  issue: { shortId: string; status: string; eventCount: number; userCount: number; firstSeen: string; lastSeen: string }
}

const exceptionsMax = 5
const framesMax = 60
const framesWithSourceMax = 5
const breadcrumbsMax = 30
const breadcrumbCharsMax = 300
const sectionCharsMax = 4_000
const sourceCharsMax = 2_000
const traceCharsMax = 10_000

export function markdownOf(view: EventView, facts: MarkdownFacts): string {
  return (
    [
      `# ${inline(facts.title)}`,
      factsList(view, facts),
      ...messageSection(view, facts),
      ...exceptionSections(view),
      ...textSection('Breadcrumbs', breadcrumbLines(view)),
      ...jsonSection('Request', view.request),
      ...jsonSection('User', view.user),
      ...textSection(
        'Tags',
        Object.entries(view.tags).map(([key, value]) => `${key}: ${value}`)
      ),
      ...jsonSection('Contexts', view.contexts),
      ...jsonSection('Extra', view.extra),
      ...textSection(
        'Notes',
        view.notes.map(({ path, message }) => (path === '' ? message : `${path}: ${message}`))
      )
    ].join('\n\n') + '\n'
  )
}

function factsList(
  view: EventView,
  { culprit, id, receivedAt, timestamp, level, environment, release, user, issue }: MarkdownFacts
): string {
  const { shortId, status, eventCount, userCount, firstSeen, lastSeen } = issue
  const facts: [name: string, value: string][] = [
    ['Level', level],
    ['Culprit', culprit === view.transaction ? '' : culprit],
    ['Time', timestamp],
    ['Received', receivedAt],
    ['Environment', environment],
    ['Release', release],
    ['Platform', view.platform],
    ['Transaction', view.transaction],
    ['Server', view.server_name],
    ['Logger', view.logger],
    ['User', user],
    ['Event', id],
    [
      'Issue',
      `${shortId}, ${status}: ${eventCount} events, ${userCount} users, first seen ${firstSeen}, last seen ${lastSeen}`
    ]
  ]
  return facts
    .filter(([, value]) => value !== '')
    .map(([name, value]) => `- **${name}:** ${codeSpan(value)}`)
    .join('\n')
}

function messageSection(view: EventView, { title }: MarkdownFacts): string[] {
  const message =
    [textOf(view.logentry?.formatted), view.message, textOf(view.logentry?.message)].find(text => text.trim() !== '') ??
    ''
  return message === title ? [] : textSection('Message', message === '' ? [] : [message])
}

/** What was thrown last comes first: it is what the title tells. */
function exceptionSections(view: EventView): string[] {
  const exceptions = [...(view.exception?.values ?? [])].reverse()
  const shown = exceptions
    .slice(0, exceptionsMax)
    .flatMap((exception, index) => exceptionSection(exception, index, view.platform))
  if (exceptions.length > exceptionsMax) {
    shown.push(`${exceptions.length - exceptionsMax} more exceptions are left out.`)
  }
  if (view.stacktrace !== null) shown.push('## Stack trace', traceBlock(view.stacktrace, '', view.platform))
  const thread = view.threads?.values.find(({ crashed }) => crashed === true)
  if (thread?.stacktrace != null) shown.push('## Crashed thread', traceBlock(thread.stacktrace, '', view.platform))
  return shown
}

function exceptionSection(exception: FormattedException, index: number, platform: string): string[] {
  const heading = exceptionHeading(exception)
  const isUnhandled = isObject(exception.mechanism) && exception.mechanism.handled === false
  const title = `## ${index === 0 ? 'Exception' : 'Caused by'}${isUnhandled ? ' (not handled)' : ''}`
  return [
    title,
    exception.stacktrace === null
      ? fenced(cutSaid(heading, sectionCharsMax))
      : traceBlock(exception.stacktrace, heading, platform, { withSource: index === 0 })
  ]
}

/** Of too many frames the newest are shown: where it went wrong. */
function traceBlock(
  { frames }: FormattedStacktrace,
  heading: string,
  platform: string,
  { withSource = true } = {}
): string {
  const left = frames.length - framesMax
  const blocks = [fenced(cutSaid(traceText(left > 0 ? frames.slice(left) : frames, heading, platform), traceCharsMax))]
  if (left > 0) blocks.push(`${left} older frames are left out.`)
  if (!withSource) return blocks.join('\n\n')
  const own = frames.filter(frame => frame.in_app === true)
  const shown = (own.length > 0 ? own : frames)
    .filter(frame => textOf(frame.context_line) !== '')
    .slice(-framesWithSourceMax)
    .reverse()
  for (const frame of shown) blocks.push(codeSpan(frame.formatted), fenced(cutSaid(sourceOf(frame), sourceCharsMax)))
  return blocks.join('\n\n')
}

/** The lines around the one that was being executed, which is marked. */
function sourceOf(frame: Readonly<Record<string, unknown>>): string {
  const before = linesOf(frame.pre_context)
  const after = linesOf(frame.post_context)
  const at = typeof frame.lineno === 'number' ? frame.lineno : null
  const lines = [...before, textOf(frame.context_line), ...after]
  return lines
    .map((line, index) => {
      const number = at === null ? '' : `${at - before.length + index} `
      return `${index === before.length ? '>' : ' '} ${number}| ${line}`
    })
    .join('\n')
}

function linesOf(value: unknown): string[] {
  return Array.isArray(value) ? value.map(textOf) : []
}

function breadcrumbLines({ breadcrumbs }: EventView): string[] {
  const left = breadcrumbs.length - breadcrumbsMax
  const lines = breadcrumbs.slice(-breadcrumbsMax).map(({ timestamp, level, category, type, message, data }) => {
    const parts = [
      timeOf(timestamp),
      textOf(level),
      textOf(category) || textOf(type),
      textOf(message),
      data == null ? '' : JSON.stringify(data)
    ]
    return cutSaid(
      parts
        .filter(part => part !== '')
        .join(' ')
        .replaceAll(/\s+/g, ' '),
      breadcrumbCharsMax
    )
  })
  return left > 0 ? [`(${left} older ones are left out)`, ...lines] : lines
}

function timeOf(timestamp: unknown): string {
  const isTime = typeof timestamp === 'number' && Math.abs(timestamp) < 8.64e12
  return isTime ? new Date(timestamp * 1_000).toISOString() : textOf(timestamp)
}

function textSection(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [`## ${title}`, fenced(cutSaid(lines.join('\n'), sectionCharsMax * 2))]
}

function jsonSection(title: string, value: Readonly<Record<string, unknown>> | null): string[] {
  if (value === null || Object.keys(value).length === 0) return []
  return [`## ${title}`, fenced(cutSaid(JSON.stringify(value, null, 2), sectionCharsMax), 'json')]
}

function cutSaid(text: string, charsMax: number): string {
  return text.length <= charsMax ? text : `${cut(text, charsMax)}… (cut from ${text.length} characters)`
}

/** A block whose fence is longer than any run of backticks in it. */
function fenced(text: string, language = ''): string {
  const fence = '`'.repeat(Math.max(3, longestRun(text) + 1))
  return `${fence}${language}\n${text.replaceAll('\r', '')}\n${fence}`
}

function codeSpan(value: string): string {
  const text = cutSaid(value.replaceAll(/\s+/g, ' ').trim(), breadcrumbCharsMax)
  const fence = '`'.repeat(longestRun(text) + 1)
  const pad = text.startsWith('`') || text.endsWith('`') ? ' ' : ''
  return `${fence}${pad}${text}${pad}${fence}`
}

/** On one line, with everything escaped that would be markup. */
function inline(text: string): string {
  return cut(text.replaceAll(/\s+/g, ' ').trim(), breadcrumbCharsMax).replaceAll(
    /[\\`*_[\]<>#|~&!]/g,
    char => `\\${char}`
  )
}

function longestRun(text: string): number {
  let longest = 0
  for (const [run] of text.matchAll(/`+/g)) longest = Math.max(longest, run.length)
  return longest
}
