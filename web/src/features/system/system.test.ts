import { expect, test } from 'vitest'
import type { PipelineFigures, ProcessNode } from '../../api/types.ts'
import { ratesBetween } from './rates.ts'
import { foldable, gathered, namesOf, rowsOf, sumsOf } from './tree.ts'

const node = (name: string, children: ProcessNode[] = [], more: Partial<ProcessNode> = {}): ProcessNode => ({
  name,
  pid: `a.1.${name}`,
  type: children.length > 0 ? 'supervisor' : 'worker',
  state: 'running',
  mailbox: 1,
  registered: [name],
  last_exit: null,
  restartable: true,
  restarts: 0,
  uptime: 1,
  children,
  omitted: 0,
  ...more
})
const tree = [
  node('mesher', [
    node('ingestion', [node('router'), node('writer', [], { pid: null, state: 'down', restarts: 3 })]),
    node('edge', [], { omitted: 10 })
  ])
]

test('a folded node keeps its own row and hides what hangs under it', () => {
  expect(rowsOf(tree, new Set()).map(({ path }) => path)).toEqual([
    '/mesher',
    '/mesher/ingestion',
    '/mesher/ingestion/router',
    '/mesher/ingestion/writer',
    '/mesher/edge'
  ])
  expect(rowsOf(tree, new Set(['/mesher/ingestion'])).map(({ node: { name }, depth }) => [name, depth])).toEqual([
    ['mesher', 0],
    ['ingestion', 1],
    ['edge', 1]
  ])
  expect(foldable(tree)).toEqual(['/mesher', '/mesher/ingestion'])
})

test('processes of one name are rows of their own', () => {
  const paths = rowsOf(
    [node('connection', [], { pid: 'a.1.7' }), node('connection', [], { pid: 'a.1.8' })],
    new Set()
  ).map(({ path }) => path)
  expect(new Set(paths).size).toBe(2)
})

test('numbered supervisors with nothing under them are one row, each that has something is its own', () => {
  const shard = (number: number, children: ProcessNode[] = []) =>
    node(`sockets-${number}`, children, { type: 'supervisor' })
  const names = (nodes: ProcessNode[]) => rowsOf(gathered(nodes), new Set()).map(({ node: { name } }) => name)
  const numbers = [1, 2, 3, 4, 5, 6, 7, 8]
  expect(names([node('edge', [node('listener'), ...numbers.map(number => shard(number))])])).toEqual([
    'edge',
    'listener',
    'sockets-1 to 8'
  ])
  expect(names(numbers.map(number => shard(number, number === 4 ? [node('socket')] : [])))).toEqual([
    'sockets-1 to 3',
    'sockets-4',
    'socket',
    'sockets-5 to 8'
  ])
  const dead = numbers.map(number => node(`sockets-${number}`, [], { type: 'supervisor', restarts: number }))
  expect(names(dead)).toHaveLength(8)
})

test('names are shown where they say more than the one in the tree', () => {
  expect(namesOf(node('router'))).toBe('')
  expect(namesOf(node('router', [], { registered: ['router', 'EventRouter/a'] }))).toBe('EventRouter/a')
})

test('what a long list leaves out is counted all the same', () => {
  expect(sumsOf(tree)).toEqual({ workers: 13, supervisors: 2, down: 1, mailbox: 5, restarts: 3 })
})

const reading = (at: string, stored: number, more: Partial<PipelineFigures> = {}): PipelineFigures => ({
  at,
  committed: { stored, sampled_out: 0 },
  refused: { invalid: 0 },
  commits: { transactions: 0, events: 0, seconds: 0 },
  waiting: null,
  spool: null,
  ...more
})

test('two readings make rates', () => {
  const rates = ratesBetween(
    reading('2026-01-01T00:00:00.000Z', 100),
    reading('2026-01-01T00:00:02.000Z', 300, {
      refused: { invalid: 10 },
      commits: { transactions: 4, events: 200, seconds: 0.02 }
    })
  )
  expect(rates).toEqual({ committed: 100, stored: 100, refused: 5, transactions: 2, eventsEach: 50, msEach: 5 })
})

test('readings across a restart, or of one moment, make none', () => {
  expect(ratesBetween(reading('2026-01-01T00:00:00.000Z', 100), reading('2026-01-01T00:00:02.000Z', 3))).toBeNull()
  expect(ratesBetween(reading('2026-01-01T00:00:00.000Z', 1), reading('2026-01-01T00:00:00.000Z', 2))).toBeNull()
})
