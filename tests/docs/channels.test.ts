// Goal: the documentation names every channel with its fields, and every field of a template. Method: the page is read
// and compared with the lists that the program has.
import { readFile } from 'node:fs/promises'
import t from 'tap'
import { templateFields } from '../../events/channels/webhook-template.ts'
import { channels } from '../../schema/channels.ts'

t.test('docs/alerting.md tells of every channel, its fields, and the fields of templates', async t => {
  const page = await readFile('docs/alerting.md', 'utf8')
  for (const { id, fields } of channels) {
    const row = page.split('\n').find(line => line.startsWith(`| \`${id}\` `)) ?? ''
    const named = row.split('|')[2]?.trim()
    const expected = fields.map(field => `\`${field.name}\`${'optional' in field ? ' (optional)' : ''}`).join(', ')
    t.equal(named, expected, id)
  }
  t.same(
    templateFields.filter(field => !page.includes(`\`${field}\``)),
    []
  )
})
