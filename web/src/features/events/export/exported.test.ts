// Goal: a file holds every row once, whatever an event says, and no spreadsheet runs any of it.
import { expect, it } from 'vitest'
import type { EventItem } from '../../../api/types.ts'
import { headOf, linesOf } from './exported.ts'

const row = (message: string): EventItem => ({
  id: 'e1',
  issue_id: 'i1',
  title: 'Oops',
  culprit: 'cart.js',
  message,
  level: 'error',
  environment: 'production',
  release: 'web@1',
  user: '',
  received_at: '2026-11-26T08:00:00.000Z',
  timestamp: '2026-11-26T07:59:59.000Z'
})

it('quotes what CSV must quote', () => {
  expect(headOf('csv')).toBe(
    'received_at,timestamp,level,title,culprit,message,environment,release,user,issue_id,id\r\n'
  )
  expect(linesOf('csv', [row('a "b", c\nd')])).toBe(
    '2026-11-26T08:00:00.000Z,2026-11-26T07:59:59.000Z,error,Oops,cart.js,"a ""b"", c\nd",production,web@1,,i1,e1\r\n'
  )
})

it('keeps formulas from spreadsheets', () => {
  for (const formula of ['=1+1', '+1', '-1', '@sum(a1)', '\t=1']) {
    expect(linesOf('csv', [row(formula)])).toContain(`,'${formula},`)
  }
  expect(linesOf('csv', [row('=cmd,"x"')])).toContain(',"\'=cmd,""x""",')
})

it('writes an object a line', () => {
  const rows = [row('a\nb'), row('=1')]
  expect(headOf('ndjson')).toBe('')
  expect(
    linesOf('ndjson', rows)
      .trimEnd()
      .split('\n')
      .map(line => JSON.parse(line))
  ).toEqual(rows)
})
