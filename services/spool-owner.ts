/**
 * Who owns a spool folder. The owner's process id and, where the system tells it, its start time are kept in the folder,
 * so that a process id used again by another program does not pass for the dead owner.
 */
import fs from 'node:fs/promises'
import path from 'node:path'
import * as v from 'valibot'

const fileName = 'owner.json'
const ownerSchema = v.pipe(v.string(), v.parseJson(), v.object({ pid: v.number(), startedAt: v.nullable(v.string()) }))

export async function writeOwner (folder: string): Promise<void> {
  const owner = { pid: process.pid, startedAt: await startOf(process.pid) }
  await fs.writeFile(path.join(folder, fileName), JSON.stringify(owner))
}

/** False when nobody owns the folder, or nobody that is still running. */
export async function isOwnerAlive (folder: string): Promise<boolean> {
  const text = await fs.readFile(path.join(folder, fileName), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return ''
    throw error
  })
  const owner = v.safeParse(ownerSchema, text)
  if (!owner.success) return false
  if (!isRunning(owner.output.pid)) return false
  return owner.output.startedAt === await startOf(owner.output.pid)
}

function isRunning (pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    // EPERM: it runs, as another user.
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

/** Start time in clock ticks since boot (field 22 of proc_pid_stat(5)); null where there is no such file. */
async function startOf (pid: number): Promise<string | null> {
  const stat = await fs.readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null)
  if (stat === null) return null
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null
}
