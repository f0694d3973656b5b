/**
 * What one frame contributes: where the code is, what it is called, and the line of source. What was made of a frame is
 * remembered by everything it was made from (language, module, file, function), and forgotten whole when it has grown
 * too large: what is remembered must never differ from what would be made.
 */
import type { Frame } from '../../schema/event.ts'
import { fileName, isNowhere } from './file-names.ts'
import { javascript } from './languages/javascript.ts'
import type { Language } from './languages/language.ts'
import { languageOfFile } from './languages/languages.ts'
import { sourceLine } from './source-line.ts'

/** `place` and `called` are '' where they are not known. A machinery frame is never of the application. */
export type FrameParts = { place: string; called: string; isMachinery: boolean; text: string }

const remembersMax = 20_000
const textCharsMax = 256
type ByFunction = Map<string, FrameParts>
type ByModule = Map<string, Map<string, ByFunction>>
const byLanguage = new Map<Language, ByModule>()
let remembered = 0

const nothing: FrameParts = { place: '', called: '', isMachinery: false, text: '' }
/** Folders of SDKs of Sentry, wherever they were installed. */
const sdkFolders = [
  '@sentry(?:-internal)?',
  'sentry_sdk',
  'sentry-(?:ruby|rails|sidekiq|raven)[^/\\\\]{0,40}',
  'sentry\\/sentry(?:-\\w{1,20})?'
].join('|')
const sdkFile = new RegExp(`[/\\\\](?:${sdkFolders})[/\\\\]`)

/** `eventLanguage` is null when the event does not tell. */
export function frameLanguage(frame: Frame, eventLanguage: Language | null): Language {
  return eventLanguage ?? languageOfFile(frame.filename || frame.module || frame.abs_path || '')
}

export function partsOf(frame: Frame, language: Language): FrameParts {
  const module = frame.module ?? ''
  const filename = frame.filename ?? ''
  const name = frame.function ?? ''
  const modules = modulesOf(language)
  const known = modules.get(module)?.get(filename)?.get(name)
  if (known !== undefined) return known
  const parts = makeParts(module, filename, name, language)
  if (Math.max(module.length, filename.length, name.length) <= textCharsMax) {
    remember(modules, { module, filename, name }, parts)
  }
  return parts
}

/** With the line of source, where the language has one; '' when the frame has nothing to tell. */
export function componentOf(frame: Frame, language: Language, { text }: FrameParts): string {
  if (text === '' || !language.hasSourceLines) return text
  const { context_line: line } = frame
  const source = line == null ? '' : sourceLine(line)
  return source === '' ? text : `${text} | ${source}`
}

/** The frames of an event hardly ever change their language. */
let lastLanguage: Language | null = null
let lastModules: ByModule = new Map()

function modulesOf(language: Language): ByModule {
  if (language === lastLanguage) return lastModules
  lastLanguage = language
  lastModules = inMap(byLanguage, language, (): ByModule => new Map())
  return lastModules
}

/** What the map has for the key; made when there is nothing yet. */
function inMap<Key, Value>(map: Map<Key, Value>, key: Key, make: () => Value): Value {
  const known = map.get(key)
  if (known !== undefined) return known
  const made = make()
  map.set(key, made)
  return made
}

function makeParts(module: string, filename: string, name: string, language: Language): FrameParts {
  if (language.wrappers.has(name.trim()) || isOfEngine(module, filename, language)) return nothing
  const called = language.functionName(name)
  const place = placeOf(module, filename, language)
  return { place, called, isMachinery: isMachinery(module, filename, called, language), text: textOf(place, called) }
}

/** What an engine of JavaScript does by itself; others have the name of a file in its place, and functions there. */
function isOfEngine(module: string, filename: string, language: Language): boolean {
  return language === javascript && module === '' && filename !== '' && isNowhere(filename)
}

/** '' where the file has to say where it is. */
export function moduleOf(module: string, language: Language): string {
  return module === '' || isNowhere(module) ? '' : language.moduleName(module)
}

function placeOf(module: string, filename: string, language: Language): string {
  const byModule = moduleOf(module, language)
  if (byModule !== '') return byModule
  return filename === '' ? '' : fileName(language.filePath(filename))
}

function isMachinery(module: string, filename: string, called: string, { machinery }: Language): boolean {
  if (sdkFile.test(filename)) return true
  if (machinery === null) return false
  return machinery.test(module === '' ? called : `${module}.${called}`)
}

function textOf(place: string, called: string): string {
  if (called === '') return place === '' ? '' : `frame ${place}`
  return place === '' ? `frame in ${called}` : `frame ${place} in ${called}`
}

type Key = { module: string; filename: string; name: string }

function remember(modules: ByModule, { module, filename, name }: Key, parts: FrameParts): void {
  if (remembered >= remembersMax) {
    for (const each of byLanguage.values()) each.clear()
    remembered = 0
  }
  const files = inMap(modules, module, () => new Map<string, ByFunction>())
  inMap(files, filename, (): ByFunction => new Map()).set(name, parts)
  remembered += 1
}
