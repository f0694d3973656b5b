/** `mesher nodes`: the nodes that use the database, what each last reported, and when. */
import type { Command } from 'commander'
import { listNodes, silentMs, type ListedNode } from '../services/cluster/nodes.ts'
import { withMigratedDatabase } from './support/database.ts'
import { addSettings, configOf } from './support/settings.ts'
import { ago, lookOf, tableOf, type Column, type Look } from './support/tables.ts'

type NodesFlags = { json?: boolean }

export function addNodes(program: Command): void {
  const command = program
    .command('nodes')
    .description('List the nodes of the cluster: address, links, load, routes, and who is refused.')
    .option('--json', 'print the nodes as JSON')
    .action(run)
  addSettings(command, 'nodes').addHelpText(
    'after',
    `
It reads what nodes write into the database every few seconds. One that was stopped in good order is not
listed; one that was killed is, as silent, for a day.

Examples:
  mesher nodes
  DATABASE_URL=postgres://mesher@db.internal/mesher mesher nodes
  mesher nodes --json | jq -r '.[] | select(.state == "silent") | .name'`
  )
}

async function run(flags: NodesFlags): Promise<void> {
  const nodes = await withMigratedDatabase(configOf(flags), listNodes)
  console.log(flags.json ? JSON.stringify(nodes.map(nodeJson)) : listText(nodes, lookOf(process.stdout)))
}

const columns: Column[] = [
  { title: 'node' },
  { title: 'state' },
  { title: 'address' },
  { title: 'load', align: 'right' },
  { title: 'links', shrinks: true },
  { title: 'routes' },
  { title: 'version' },
  { title: 'started' },
  { title: 'last seen' }
]

function listText(nodes: ListedNode[], look: Look): string {
  if (nodes.length === 0) return 'No node runs on this database. "mesher start" starts one.'
  const now = new Date()
  const table = tableOf(
    columns,
    nodes.map(node => [
      node.name,
      stateOf(node, look),
      node.address ?? 'none',
      percent(node.load),
      node.links.join(', ') || 'none',
      node.routes.map(({ to, share }) => `${percent(share)} to ${to}`).join(', ') || 'none',
      node.version,
      ago(node.startedAt, now),
      ago(new Date(now.getTime() - node.seenMsAgo), now)
    ]),
    look
  )
  return [table, ...nodes.filter(node => !isSilent(node)).flatMap(refusedLines)].join('\n')
}

/** Sentences, because a column has no room for reasons. */
export function refusedLines({ name, refused }: ListedNode): string[] {
  return refused.map(other => `${name} has no link with ${nodeText(other)}: ${other.why}.`)
}

function nodeText({ name, address }: { name: string | null; address: string | null }): string {
  if (name === null) return `the node at ${address}`
  return address === null ? name : `${name} (${address})`
}

function stateOf(node: ListedNode, { colours }: Look): string {
  return isSilent(node) ? colours.red('silent') : colours.green('up')
}

function isSilent({ seenMsAgo }: ListedNode): boolean {
  return seenMsAgo >= silentMs
}

function percent(part: number): string {
  return `${Math.round(part * 100)}%`
}

function nodeJson(node: ListedNode): Record<string, unknown> {
  return {
    name: node.name,
    state: isSilent(node) ? 'silent' : 'up',
    address: node.address,
    incarnation: node.incarnation,
    host: node.host,
    pid: node.pid,
    links: node.links,
    load: node.load,
    routes: node.routes,
    refused: node.refused,
    version: node.version,
    started_at: node.startedAt.toISOString(),
    seen_seconds_ago: Math.round(node.seenMsAgo / 1_000)
  }
}
