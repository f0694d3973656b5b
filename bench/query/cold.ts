/**
 * Cold caches: PostgreSQL is stopped, the system forgets the pages of its files (GNU dd asks it to, file by file, which takes no rights and leaves the pages
 * of others alone), and PostgreSQL is started again. What is asked first then pays for reading from the disk.
 */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** Empties a folder from the page cache. Of files that nobody writes. */
export async function forgetPages (folder: string): Promise<void> {
  await run('find', [folder, '-type', 'f', '-size', '+0', '-exec', 'sh', '-c', 'for file; do dd if=/dev/null of="$file" oflag=nocache conv=notrunc,fdatasync status=none; done', 'sh', '{}', '+'])
}
