/** The editor that frames are opened in, chosen in this browser: a template of an address, '' for none. */
import { useLocalStorage } from '@vueuse/core'

export const editors = [
  { value: '', label: 'None' },
  { value: 'vscode://file/{file}:{line}:{column}', label: 'Visual Studio Code' },
  { value: 'cursor://file/{file}:{line}:{column}', label: 'Cursor' },
  { value: 'idea://open?file={file}&line={line}&column={column}', label: 'IntelliJ, PyCharm, WebStorm …' },
  { value: 'zed://file/{file}:{line}:{column}', label: 'Zed' }
] as const

export const editorTemplate = useLocalStorage('mesher.editor', '')
/** Where the code lies on this machine: put before paths that are not absolute. */
export const sourceFolder = useLocalStorage('mesher.source-folder', '')
