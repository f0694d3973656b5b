/**
 * Stack traces: the frames of a framework, then those of the application, each as JSON. A frame is made once for its
 * place and shared by all issues that pass through it, as code is.
 */
import { itemAt, pick, type Random } from './random.ts'
import { modules, nouns, verbs, type Service } from './vocabulary.ts'

type Place = { module: string; verb: string; noun: string }

const known = new Map<string, string>()

/** One or two frames without source code. */
export function smallFrames(service: Service, place: Place, random: Random): string[] {
  return [...callers(random.below(2), random), place].map(each => frameOf(service, each, false))
}

/** The framework's frames, then three to seven with the lines around. */
export function fullFrames(service: Service, place: Place, random: Random): string[] {
  const framework = service.framework.map(frame => JSON.stringify({ ...frame, in_app: false }))
  return [...framework, ...[...callers(2 + random.below(5), random), place].map(each => frameOf(service, each, true))]
}

function callers(count: number, random: Random): Place[] {
  return Array.from({ length: count }, () => ({
    module: pick(modules, random),
    verb: pick(verbs, random),
    noun: pick(nouns, random)
  }))
}

function frameOf(service: Service, { module, verb, noun }: Place, withSource: boolean): string {
  const key = `${service.platform} ${module} ${verb} ${noun} ${withSource}`
  const made = known.get(key)
  if (made !== undefined) return made
  const position = modules.indexOf(module) * 31 + verbs.indexOf(verb) * 7 + nouns.indexOf(noun)
  const source = withSource ? sourceAround(service, verb, noun, position) : {}
  const frame = JSON.stringify({
    ...service.place(module, verb, noun),
    lineno: 12 + (position % 400),
    in_app: true,
    ...source
  })
  known.set(key, frame)
  return frame
}

function sourceAround(service: Service, verb: string, noun: string, position: number) {
  const line = (offset: number): string => {
    const otherVerb = itemAt(verbs, (position + offset) % verbs.length)
    const otherNoun = itemAt(nouns, (position + 3 * offset) % nouns.length)
    return `    ${service.line(otherVerb, otherNoun)}`
  }
  return {
    colno: 5 + (position % 60),
    pre_context: [line(1), line(2), ''],
    context_line: `    ${service.line(verb, noun)}`,
    post_context: ['', line(4), line(5)]
  }
}
