/**
 * `mesher processes`: the supervision tree of a running server, with what each process is registered under, how often
 * it was restarted and why. It asks the server, because no other process knows.
 */
import { Option, type Command } from 'commander'
import * as v from 'valibot'
import type { Config } from '../schema/config.ts'
import { processList, type ProcessNode } from '../schema/api/system.ts'
import { findInstanceAdmin } from '../services/accounts/users.ts'
import { localUrlOf } from './support/addresses.ts'
import { withMigratedDatabase } from './support/database.ts'
import { CommandFailed, sentenceOf } from './support/failure.ts'
import { bearer, withOwnToken, type Headers } from './support/own-token.ts'
import { addSettings, configOf } from './support/settings.ts'
import { ago, lookOf, plainText, tableOf, type Column, type Look } from './support/tables.ts'

type ProcessesFlags = { url?: string; token?: string; json?: boolean }

const answerMsMax = 10_000

export function addProcesses(program: Command): void {
  const command = program
    .command('processes')
    .description('Show the processes of a running server: names, state, mailboxes, restarts and their reasons.')
    .option('--url <url>', 'the server (default: this machine, at --port)')
    .addOption(new Option('--token <token>', 'an API token of an instance admin').env('MESHER_TOKEN'))
    .option('--json', 'print the tree as JSON')
    .action(run)
  addSettings(command, 'processes').addHelpText(
    'after',
    `
Without a token one is made in the database of the data folder for as long as it takes, for an instance admin.
The dashboard's system page shows the same, live, and can restart a process.

Examples:
  mesher processes
  mesher processes --json | jq '.. | objects | select(.restarts? > 0) | {name, restarts, last_exit}'`
  )
}

async function run(flags: ProcessesFlags): Promise<void> {
  const config = configOf(flags)
  const url = `${flags.url ?? localUrlOf(config)}/api/v1/system/processes`
  await withAdmin(config, flags.token, async headers => {
    const processes = await read(url, headers)
    console.log(flags.json ? JSON.stringify(processes) : treeText(processes, lookOf(process.stdout)))
  })
}

async function withAdmin(
  config: Config,
  token: string | undefined,
  work: (headers: Headers) => Promise<void>
): Promise<void> {
  if (token !== undefined) return await work(bearer(token))
  await withMigratedDatabase(config, async sql => {
    const userId = await findInstanceAdmin(sql)
    if (userId === null) {
      throw new CommandFailed('there is no instance admin yet', {
        hint: 'The link that "mesher start" prints makes the first user, who is one; --token takes an API token.'
      })
    }
    await withOwnToken(sql, { userId, name: 'mesher processes' }, work)
  })
}

async function read(url: string, headers: Headers): Promise<ProcessNode[]> {
  const response = await fetch(url, { headers, signal: AbortSignal.timeout(answerMsMax) }).catch((error: unknown) => {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
    throw new CommandFailed(`no server answers at ${url}: ${sentenceOf(cause)}`, {
      hint: '"mesher start" starts one; --port and --url tell where another is.'
    })
  })
  if (!response.ok) {
    throw new CommandFailed(`the server refuses with ${response.status}`, {
      hint:
        response.status === 403 ? 'The token has to be of an instance admin.' : 'Is the token right and not expired?'
    })
  }
  return v.parse(processList, await response.json()).data
}

const columns: Column[] = [
  { title: 'process', shrinks: true },
  { title: 'state' },
  { title: 'registered', shrinks: true },
  { title: 'mailbox', align: 'right' },
  { title: 'restarts', align: 'right' },
  { title: 'last end', shrinks: true }
]

function treeText(processes: readonly ProcessNode[], look: Look): string {
  const now = new Date()
  const rowsOf = (nodes: readonly ProcessNode[], depth: number): string[][] =>
    nodes.flatMap(node => [rowOf(node, depth, look, now), ...rowsOf(node.children, depth + 1)])
  return tableOf(columns, rowsOf(processes, 0), look)
}

function rowOf(node: ProcessNode, depth: number, { colours }: Look, now: Date): string[] {
  const more = node.omitted > 0 ? ` and ${node.omitted} more` : ''
  return [
    `${'  '.repeat(depth)}${plainText(node.name)}${more}`,
    node.pid === null ? colours.red(node.state) : node.state,
    node.registered
      .filter(name => name !== node.name)
      .map(plainText)
      .join(', '),
    String(node.mailbox),
    node.restarts === 0 ? '0' : colours.yellow(String(node.restarts)),
    node.last_exit === null ? '' : `${ago(new Date(node.last_exit.at), now)}: ${plainText(node.last_exit.reason)}`
  ]
}
