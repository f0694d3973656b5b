/** Checks of the data folder: can Mesher write to it, is there room, and does a spool wait in it? */
import { randomBytes } from 'node:crypto'
import fs from 'node:fs/promises'
import path from 'node:path'
import { isOwnerAlive } from '../../services/spool/owner.ts'
import { listSetAside } from '../../services/spool/set-aside.ts'
import { listSpoolFiles } from '../../services/spool/spool.ts'
import { sentenceOf } from '../support/failure.ts'
import { ago, bytesText } from '../support/tables.ts'
import { findingsOf, type Finding } from './finding.ts'

const gib = 1024 ** 3
const oldMs = 60_000

export async function checkDataFolder(
  folder: string,
  { spoolBytesMax }: { spoolBytesMax: number }
): Promise<Finding[]> {
  const { ok, fail } = findingsOf('data folder')
  const existing = await nearestExisting(folder)
  try {
    await tryWriting(existing)
  } catch (error) {
    return [
      fail(
        `${existing} cannot be written: ${sentenceOf(error)}`,
        'Give it to the user who runs Mesher, or choose another folder with --data.'
      )
    ]
  }
  const here =
    existing === folder ? ok(`${folder} can be written`) : ok(`${folder} does not exist yet; the first start makes it`)
  return [here, await checkSpace(existing, spoolBytesMax)]
}

/** Room for the spool at its bound, and some for PostgreSQL. */
async function checkSpace(folder: string, spoolBytesMax: number): Promise<Finding> {
  const { ok, warn, fail } = findingsOf('disk space')
  const { bavail, bsize } = await fs.statfs(folder)
  const free = bavail * bsize
  const hint = 'Free some space: without it events are refused with 503 and PostgreSQL stops.'
  if (free < gib / 4) return fail(`${bytesText(free)} free`, hint)
  if (free < spoolBytesMax + gib) {
    return warn(
      `${bytesText(free)} free, less than the spool (${bytesText(spoolBytesMax)}) and the database may need`,
      hint
    )
  }
  return ok(`${bytesText(free)} free`)
}

/** Batches in the spool are acknowledged events that PostgreSQL does not have yet. */
export async function checkSpool(folder: string): Promise<Finding[]> {
  const root = path.join(folder, 'spool')
  const names = await namesIn(root)
  const found = await Promise.all(names.map(name => checkNodeSpool(path.join(root, name), decodeURIComponent(name))))
  const findings = found.flat()
  return findings.length === 0
    ? [findingsOf('spool').ok('empty: every acknowledged event is in the database')]
    : findings
}

async function checkNodeSpool(folder: string, node: string): Promise<Finding[]> {
  const { ok, warn } = findingsOf('spool')
  const findings: Finding[] = []
  const files = await listSpoolFiles(folder)
  if (files.length > 0) {
    const bytes = files.reduce((sum, file) => sum + file.bytes, 0)
    const oldest = await oldestOf(
      folder,
      files.map(({ name }) => name)
    )
    const text = `node ${node}: ${files.length} files, ${bytesText(bytes)}, the oldest from ${ago(oldest, new Date())}`
    if (!(await isOwnerAlive(folder))) {
      findings.push(
        warn(
          `${text}; that node does not run`,
          'Start Mesher on this data folder: it takes the files over. Do not delete them.'
        )
      )
    } else if (Date.now() - oldest.getTime() > oldMs) {
      findings.push(
        warn(text, 'The database did not take them for a while: see its findings here, and the log of the server.')
      )
    } else findings.push(ok(`${text}; they are being replayed`))
  }
  const aside = await listSetAside(folder)
  const damaged = aside.filter(({ reason }) => reason === 'damaged')
  if (damaged.length > 0) {
    findings.push(
      warn(
        `node ${node}: ${damaged.length} damaged files were set aside in ${folder}`,
        'A disk or file system failed: check it. "mesher spool list" shows them, "mesher spool retry" tries again.'
      )
    )
  }
  if (aside.length > damaged.length) {
    findings.push(
      warn(
        `node ${node}: ${aside.length - damaged.length} files of another release were set aside in ${folder}`,
        'The release that wrote them can replay them: start it once on this data folder.'
      )
    )
  }
  return findings
}

async function oldestOf(folder: string, names: readonly string[]): Promise<Date> {
  const times = await Promise.all(names.map(async name => (await fs.stat(path.join(folder, name))).mtimeMs))
  return new Date(Math.min(...times))
}

async function nearestExisting(folder: string): Promise<string> {
  const exists = await fs.stat(folder).then(
    () => true,
    () => false
  )
  return exists || folder === path.dirname(folder) ? folder : await nearestExisting(path.dirname(folder))
}

/** File modes are not enough (root, ACLs, read-only mounts, full disks), so a file is written. */
async function tryWriting(folder: string): Promise<void> {
  const file = path.join(folder, `.mesher-doctor-${randomBytes(4).toString('hex')}`)
  try {
    await fs.writeFile(file, 'written by mesher doctor', { flag: 'wx', flush: true })
  } finally {
    await fs.rm(file, { force: true })
  }
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    const entries = await fs.readdir(folder, { withFileTypes: true })
    return entries
      .filter(entry => entry.isDirectory())
      .map(({ name }) => name)
      .sort()
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return []
    throw error
  }
}
