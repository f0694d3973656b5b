/**
 * The server's own log: files in the `log` folder of the cluster, of which the oldest are deleted, and what the server
 * writes before it opens those. Its last lines are shown in the error of a failed start. A log that cannot be read
 * counts as empty, because its error must not hide the other one.
 */
import fs from 'node:fs/promises'
import path from 'node:path'

const filesKept = 4
const tailBytes = 8 * 1024
const linesShown = 12

/**
 * What the server writes until its log is open. It lies beside the cluster, so that a broken cluster does not matter.
 */
export function startLogOf(home: string): string {
  return path.join(home, 'postgres-start.log')
}

/** The last lines of this start: from the early log, then from the newest log file that was written since. */
export async function lastLines(home: string, cluster: string, sinceMs: number): Promise<string> {
  const newest = (await logFiles(cluster)).at(-1)
  const isFresh = newest !== undefined && (await fs.stat(newest)).mtimeMs >= sinceMs
  const texts = [await tailOf(startLogOf(home)), isFresh ? await tailOf(newest) : '']
  const lines = texts
    .join('\n')
    .split('\n')
    .filter(line => line.trim() !== '' && !/logging collector|future log output/i.test(line))
  return lines.slice(-linesShown).join('\n')
}

/** Deletes the oldest files. Their names sort by time. */
export async function pruneLogs(cluster: string): Promise<void> {
  for (const file of (await logFiles(cluster)).slice(0, -filesKept)) await fs.rm(file, { force: true })
}

async function logFiles(cluster: string): Promise<string[]> {
  const folder = path.join(cluster, 'log')
  const names = await fs.readdir(folder).catch(() => [])
  return names
    .filter(name => name.startsWith('postgres-'))
    .sort()
    .map(name => path.join(folder, name))
}

async function tailOf(file: string): Promise<string> {
  const text = await fs.readFile(file, 'utf8').catch(() => '')
  return text.slice(-tailBytes)
}
