/**
 * Who owns a spool folder. The process id of the owner and, where the system tells it, its start time are kept in the
 * folder, so that another program with the same process id is not taken for the dead owner.
 */
import fs from 'node:fs/promises'
import path from 'node:path'
import * as v from 'valibot'

const fileName = 'owner.json'
const ownerSchema = v.pipe(v.string(), v.parseJson(), v.object({ pid: v.number(), startedAt: v.nullable(v.string()) }))

/**
 * The mark appears whole: a reader of half a mark would take the folder for abandoned. A mark of this process is left
 * as it is.
 */
export async function writeOwner(folder: string): Promise<void> {
  const owner = JSON.stringify({ pid: process.pid, startedAt: await startOf(process.pid) })
  if ((await readOwner(folder)) === owner) return
  const temporary = path.join(folder, `${fileName}.${process.pid}`)
  await fs.writeFile(temporary, owner)
  await fs.rename(temporary, path.join(folder, fileName))
}

/** False when the folder has no owner, or one that no longer runs. */
export async function isOwnerAlive(folder: string): Promise<boolean> {
  const owner = v.safeParse(ownerSchema, await readOwner(folder))
  if (!owner.success) return false
  if (!isRunning(owner.output.pid)) return false
  return owner.output.startedAt === (await startOf(owner.output.pid))
}

async function readOwner(folder: string): Promise<string> {
  return await fs.readFile(path.join(folder, fileName), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return ''
    throw error
  })
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    // EPERM: it runs as another user.
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

/** Start time in clock ticks since boot (field 22 of proc_pid_stat(5)); null where there is no such file. */
async function startOf(pid: number): Promise<string | null> {
  const stat = await fs.readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null)
  if (stat === null) return null
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null
}
