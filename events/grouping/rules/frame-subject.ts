/** What rules see of a frame. Texts are made when the first rule asks for them. */
import type { Frame } from '../../../schema/event.ts'
import { partsOf } from '../frame-parts.ts'
import { languageOf } from '../frames.ts'
import { javascript } from '../languages/javascript.ts'
import type { Language } from '../languages/language.ts'
import { languageOfPlatform } from '../languages/languages.ts'
import { native } from '../languages/native.ts'

export const families = ['javascript', 'native', 'other', 'all'] as const
export type Family = (typeof families)[number]

export type FrameSubject = {
  frame: Frame
  eventLanguage: Language | null
  /** Stack-trace rules change it. */
  inApp: boolean
  functions?: readonly string[]
  paths?: readonly string[]
  packages?: readonly string[]
}

export function frameSubject(frame: Frame, eventLanguage: Language | null): FrameSubject {
  return { frame, eventLanguage, inApp: frame.in_app === true }
}

export function familyOf(language: Language | null): Family {
  if (language === javascript) return 'javascript'
  return language === native ? 'native' : 'other'
}

export function familyOfFrame({ frame, eventLanguage }: FrameSubject): Family {
  const own = typeof frame.platform === 'string' ? languageOfPlatform(frame.platform) : null
  return familyOf(own ?? eventLanguage)
}

/** As the SDK sent it, and as it counts. */
export function functionsOf(subject: FrameSubject): readonly string[] {
  if (subject.functions !== undefined) return subject.functions
  const { frame, eventLanguage } = subject
  const sent = frame.function ?? ''
  const { called } = partsOf(frame, languageOf(frame, eventLanguage))
  subject.functions = distinct(sent, called)
  return subject.functions
}

export function modulesOf({ frame }: FrameSubject): readonly string[] {
  return frame.module ? [frame.module] : []
}

export function pathsOf(subject: FrameSubject): readonly string[] {
  const { abs_path: path, filename } = subject.frame
  subject.paths ??= distinct(...asPaths(path), ...asPaths(filename))
  return subject.paths
}

export function packagesOf(subject: FrameSubject): readonly string[] {
  const { package: name } = subject.frame
  subject.packages ??= typeof name === 'string' ? asPaths(name) : []
  return subject.packages
}

/** Small, with slashes; what does not begin with one is also looked at as if it did. */
function asPaths(path: string | null | undefined): readonly string[] {
  if (!path) return []
  const text = path.toLowerCase().replaceAll('\\', '/')
  return text.startsWith('/') ? [text] : [text, `/${text}`]
}

function distinct(...texts: readonly string[]): readonly string[] {
  return [...new Set(texts)].filter(text => text !== '')
}
