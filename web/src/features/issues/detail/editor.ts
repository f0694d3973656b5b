/** Where a frame leads to in the editor that was chosen. What a client sent is only ever a path in the address. */
import { editorTemplate, sourceFolder } from '../../../lib/editor.ts'
import type { Frame } from './eventParts.ts'

type Place = Pick<Frame, 'file' | 'line' | 'column'>

/** Null without an editor, a line or a file. */
export function editorLink(place: Place): string | null {
  return linkBy(editorTemplate.value, sourceFolder.value, place)
}

/** Addresses that run something, or lead to a page, are no editor's. */
const editorForm = /^(?!(?:javascript|data|vbscript|blob|file|https?):)[a-z][a-z0-9+.-]*:/i

export function linkBy(template: string, folder: string, { file, line, column }: Place): string | null {
  if (!editorForm.test(template) || line === null) return null
  const plain = file.replace(/^(?:webpack|app|file|vite|rollup):\/+(?:\.\/)?/, '').replace(/[?#].*$/, '')
  const parts = plain.replaceAll('\\', '/').split('/')
  if (plain === '' || parts.includes('..')) return null
  const isAbsolute = /^(?:\/|[a-z]:)/i.test(plain)
  const path = isAbsolute || folder === '' ? plain : `${folder.replace(/[\\/]+$/, '')}/${plain}`
  const encoded = path.replaceAll('\\', '/').split('/').map(encodeURIComponent).join('/')
  // An absolute path brings its own slash along: "vscode://file/{file}" must not have two.
  const named = template.includes('/{file}') ? encoded.replace(/^\//, '') : encoded
  return template
    .replaceAll('{file}', () => named)
    .replaceAll('{line}', String(line))
    .replaceAll('{column}', String(column ?? 1))
}
