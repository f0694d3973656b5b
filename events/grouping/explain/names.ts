/** What counts of one name beside what was sent, by the functions that grouping itself uses. */
import type { Frame } from '../../../schema/event.ts'
import type { ExplainedFrame, ExplainedName } from '../../../schema/api/event-grouping.ts'
import { cut } from '../../text.ts'
import { addressComponent } from '../addresses.ts'
import { fileSteps } from '../file-names.ts'
import { moduleOf, partsOf } from '../frame-parts.ts'
import type { Language } from '../languages/language.ts'
import { normaliseMessage } from '../message.ts'
import { sourceLine } from '../source-line.ts'

const sentCharsMax = 500

type LeftOut = ExplainedName['left_out']

/** Null when nothing was sent. */
export function explainFunction(frame: Frame, language: Language): ExplainedName | null {
  const sent = frame.function ?? ''
  if (sent === '') return null
  const used = partsOf(frame, language).called
  return explained(sent, used, used === sent ? [] : used === '' ? ['nameless'] : ['generated'])
}

/** The module, else the file, else the image of a native program, whichever says where the frame is. */
export function explainPlace(frame: Frame, language: Language, images: unknown): ExplainedFrame['place'] {
  const { module, filename } = frame
  const { place, text } = partsOf(frame, language)
  const byModule = module ? moduleOf(module, language) : ''
  if (module && place === byModule && byModule !== '') {
    return { ...explained(module, place, place === module ? [] : ['generated']), of: 'module', keeps_folder: false }
  }
  if (filename) {
    const { left, keepsFolder } = fileLeftOut(filename, language, place)
    return { ...explained(filename, place, left), of: 'file', keeps_folder: keepsFolder && place !== '' }
  }
  const image = typeof frame.package === 'string' ? frame.package : ''
  const used = text === '' && image !== '' ? addressComponent(frame, images).replace(/^frame /, '') : ''
  return image === '' ? null : { ...explained(image, used, ['folders']), of: 'image', keeps_folder: false }
}

function fileLeftOut(filename: string, language: Language, place: string): { left: LeftOut; keepsFolder: boolean } {
  const file = language.filePath(filename)
  const { path, base, withoutHash, keepsFolder } = fileSteps(file)
  const left: LeftOut = []
  if (file !== filename) left.push('generated')
  if (!file.endsWith(path)) left.push('query')
  if (path !== base && path.length > place.length) left.push('folders')
  if (withoutHash !== base) left.push('content_hash')
  if (withoutHash !== withoutHash.toLowerCase()) left.push('case')
  if (place === '' && left.length === 0) left.push('nameless')
  return { left, keepsFolder }
}

/** Null in languages whose lines do not count, and where none was sent. */
export function explainSourceLine({ context_line: line }: Frame, language: Language): ExplainedName | null {
  if (!language.hasSourceLines || line == null || line.trim() === '') return null
  const used = sourceLine(line)
  const left: LeftOut = []
  if (used === '') left.push('minified')
  else {
    const folded = line.replace(/\s+/g, ' ').trim()
    if (folded !== line) left.push('spaces')
    if (used.length < folded.length) left.push('cut')
  }
  return explained(line, used, left)
}

/** Of a message, or the value of an exception. */
export function explainText(sent: string, used: string = normaliseMessage(sent)): ExplainedName {
  const left: LeftOut = []
  if (used !== sent && sent.startsWith(used)) left.push('cut')
  else if (used !== sent) left.push('changing')
  return explained(sent, used, left)
}

function explained(sent: string, used: string, left: LeftOut): ExplainedName {
  return { sent: cut(sent, sentCharsMax), used, left_out: left }
}
