/** What a start prints when the server is ready: where it is, the DSN, a first event to paste, and how to see it. */
import path from 'node:path'
import type { Config } from '../../schema/config.ts'
import { dsnOf } from '../../events/dsn.ts'
import type { Colours } from './terminal.ts'

export type Ready = {
  url: string
  setupToken: string | null
  project: { name: string; id: number; publicKey: string | null }
}

export function welcome({ url, project, setupToken }: Ready, config: Config, colours: Colours): string {
  const { bold, cyan, dim } = colours
  const lines = ['', bold(`Mesher is ready at ${cyan(url)}`), '']
  if (setupToken !== null) {
    lines.push(
      '  Make the first account, its owner',
      `    ${cyan(`${url}/setup?token=${encodeURIComponent(setupToken)}`)}`,
      ''
    )
  }
  if (project.publicKey === null) {
    lines.push(`  The project "${project.name}" has no active key: nothing can be sent to it.`, '')
  } else {
    const dsn = dsnOf(url, project.publicKey, project.id)
    lines.push(
      `  DSN of the project "${project.name}"`,
      `    ${cyan(dsn)}`,
      '',
      '  Send a first event',
      `    ${curlLine(url, project.publicKey)}`,
      '',
      '  or a few more',
      `    ${commandLine('send', ['--dsn', dsn, '--count', '20'])}`,
      '',
      '  See what became of them',
      `    ${commandLine('issues', databaseFlags(config))}`,
      ''
    )
  }
  lines.push(dim('  Ctrl+C stops it.'), '')
  return lines.join('\n') + '\n'
}

function curlLine(url: string, publicKey: string): string {
  const headers = `-H 'X-Mesher-Key: ${publicKey}' -H 'Content-Type: application/json'`
  return `curl ${url}/api/v1/events ${headers} -d '{"message":"Hello, Mesher!","level":"info"}'`
}

/** The command as it can be pasted here: the same program that runs now. */
export function commandLine(command: string, args: readonly string[]): string {
  const [, script = 'mesher'] = process.argv
  const runner = script.endsWith('.ts') ? ['npx', 'tsx'] : ['node']
  const relative = path.relative(process.cwd(), script)
  const program =
    path.basename(script) === 'mesher' ? ['mesher'] : [...runner, relative.startsWith('..') ? script : relative]
  return [...program, command, ...args].map(quoted).join(' ')
}

function databaseFlags({ data, databaseUrl }: Config): string[] {
  // With DATABASE_URL the reader knows to set it: it holds a password that must not be printed.
  return databaseUrl === null && data !== path.resolve('data') ? ['--data', data] : []
}

function quoted(text: string): string {
  return /^[\w./:@=-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`
}
