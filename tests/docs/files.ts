/** The files of the project as an author sees them: without packages, builds, data and what git keeps. */
import fs from 'node:fs'
import path from 'node:path'

const foreign = new Set(['.git', '.tap', 'data', 'dist', 'node_modules'])

/** Paths from the root of the project, with `/`. */
export function projectFiles(folder = '.'): string[] {
  return fs.readdirSync(folder, { withFileTypes: true }).flatMap(entry => {
    if (foreign.has(entry.name)) return []
    const file = path.posix.join(folder, entry.name)
    return entry.isDirectory() ? projectFiles(file) : [file]
  })
}
