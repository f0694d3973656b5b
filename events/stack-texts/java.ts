/** Stacks of the JVM as `printStackTrace` writes them: with causes, without what was suppressed. */
import type { Frame } from '../../schema/event.ts'
import { frameOf, headingOf, wholeNumber, type TextException } from './text-stack.ts'

/** `at java.base/java.util.List.of(List.java:12)`; some loggers add the archive in brackets. */
const place =
  /^(\s*)at (?:[\w.@+-]{0,200}\/){0,2}([^()\s]{1,600})\.([^.()\s]{1,300})\(([^()]{0,300})\)(?: ~?\[.{0,300}\])?$/
const shared = /^\s*\.\.\. (\d{1,6}) (?:more|common frames omitted)$/
const suppressed = /^(\s*)Suppressed: /
const libraries = new RegExp(
  `^(?:${[
    'java|javax|jakarta|jdk|sun|com\\.sun|kotlin|kotlinx|scala|groovy|clojure|android|androidx|dalvik',
    'org\\.(?:springframework|apache|hibernate|eclipse|jboss|glassfish|junit|codehaus|gradle|mockito|slf4j)',
    'io\\.(?:netty|opentelemetry|grpc|micrometer|quarkus|micronaut|vertx|undertow|reactivex|projectreactor)',
    'com\\.(?:fasterxml|google\\.(?:common|inject|gson)|zaxxer|mysql|android|squareup)|reactor|ch\\.qos|akka'
  ].join('|')})\\.`
)

type Reading = { heading: string[]; newestFirst: Frame[] }

export function parseJava(lines: readonly string[]): TextException[] {
  let reading: Reading = { heading: [], newestFirst: [] }
  const readings = [reading]
  let depthOfSuppressed = Infinity
  for (const line of lines) {
    if (/^Caused by: /.test(line)) {
      readings.push((reading = { heading: [line.slice('Caused by: '.length)], newestFirst: [] }))
      depthOfSuppressed = Infinity
      continue
    }
    const [, indent] = suppressed.exec(line) ?? []
    if (indent !== undefined) depthOfSuppressed = Math.min(depthOfSuppressed, indent.length)
    // What is suppressed, and its own causes, stand further to the right until the next cause.
    if (depthOfSuppressed < Infinity) continue
    readLine(reading, line, readings.at(-2))
  }
  return readings.map(exceptionOf).reverse()
}

function readLine(reading: Reading, line: string, enclosing: Reading | undefined): void {
  const [, , module, name, source] = place.exec(line) ?? []
  if (module !== undefined) {
    reading.newestFirst.push(frame(module, name, source ?? ''))
    return
  }
  const [, common] = shared.exec(line) ?? []
  if (common !== undefined) {
    const count = Math.min(Number(common), enclosing?.newestFirst.length ?? 0)
    if (count > 0) reading.newestFirst.push(...(enclosing?.newestFirst.slice(-count) ?? []))
  } else if (reading.newestFirst.length === 0) reading.heading.push(line)
}

function exceptionOf({ heading, newestFirst }: Reading): TextException {
  const [first = '', ...others] = heading
  const { type, value } = headingOf(first.replace(/^Exception in thread "[^"]{0,200}" /, ''))
  return { type, value: [value, ...others].join('\n').trimEnd(), frames: [...newestFirst].reverse() }
}

function frame(module: string, name: string | undefined, source: string): Frame {
  const [, file, line] = /^(.{1,280}?):(\d{1,9})$/.exec(source) ?? []
  return frameOf({
    module,
    function: name,
    filename: file ?? (/^(?:Native Method|Unknown Source)$/.test(source) ? undefined : source),
    lineno: wholeNumber(line),
    in_app: !libraries.test(module)
  })
}
