// Goal: what was reported of grouping stays mended. Method: each file of faults/ holds events and how many issues they
// are; all are prepared as the pipeline does it.
import fs from 'node:fs'
import path from 'node:path'
import t from 'tap'
import * as v from 'valibot'
import { prepared } from '../../support/events.ts'

const faults = path.resolve('tests/events/grouping/faults')
const fault = v.object({ expected_issues: v.number(), events: v.array(v.looseObject({})) })

for (const file of fs.readdirSync(faults)) {
  t.test(file.replace('.json', ''), async t => {
    const { events, expected_issues: expected } = v.parse(
      fault,
      JSON.parse(fs.readFileSync(path.join(faults, file), 'utf8'))
    )
    const issues = new Map(
      events.map(event => prepared(event)).map(({ fingerprint, grouping }) => [fingerprint, grouping])
    )
    t.equal(issues.size, expected, JSON.stringify([...issues.values()].map(({ components }) => components)))
  })
}
