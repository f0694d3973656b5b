/**
 * Fills and empties the system's page cache of a folder's files. Warm: all files were read once, and memory holds them
 * if it is large enough. Cold: PostgreSQL is stopped, the system forgets the pages of its files (GNU dd asks it to,
 * file by file, which takes no rights and leaves the pages of others alone), and PostgreSQL is started again. The first
 * requests then read from the disk.
 */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** Reads all files of a folder into the page cache. */
export async function readPages(folder: string): Promise<void> {
  await forEachFile(folder, 'dd if="$file" of=/dev/null bs=1M status=none')
}

/** Removes a folder's files from the page cache. No process may be writing them. */
export async function forgetPages(folder: string): Promise<void> {
  await forEachFile(folder, 'dd if=/dev/null of="$file" oflag=nocache conv=notrunc,fdatasync status=none')
}

async function forEachFile(folder: string, command: string): Promise<void> {
  await run('find', [
    folder,
    '-type',
    'f',
    '-size',
    '+0',
    '-exec',
    'sh',
    '-c',
    `for file; do ${command}; done`,
    'sh',
    '{}',
    '+'
  ])
}
