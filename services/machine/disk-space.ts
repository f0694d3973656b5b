/** The free space on the disk of a folder, for users other than root: what PostgreSQL and the spool may still fill. */
import { statfs } from 'node:fs/promises'

export async function diskSpace(folder: string): Promise<{ freeBytes: number; totalBytes: number }> {
  const { bavail, blocks, bsize } = await statfs(folder)
  return { freeBytes: bavail * bsize, totalBytes: blocks * bsize }
}
