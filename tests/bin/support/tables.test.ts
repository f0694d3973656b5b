// Goal: what people see is aligned, short and safe to print. Method: strings in, strings out.
import pc from 'picocolors'
import t from 'tap'
import { ago, bytesText, cut, plainText, tableOf } from '../../../bin/support/tables.ts'

const plain = { colours: pc.createColors(false) }

t.test('a table has a title and a line for each row, aligned, without lines around it', async t => {
  const table = tableOf(
    [{ title: 'n', align: 'right' }, { title: 'name', charsMax: 6 }, { title: 'end' }],
    [
      ['1', 'short', 'x'],
      ['100', 'a long name', 'y']
    ],
    plain
  )
  t.strictSame(table.split('\n'), ['  n  name    end', '  1  short   x', '100  a lon…  y'])
})

t.test('a narrow terminal takes from the column that shrinks, down to what can still be read', async t => {
  const columns = [{ title: 'id' }, { title: 'text', shrinks: true }]
  const text = '0123456789'.repeat(5)
  const widest = (charsMax?: number) =>
    Math.max(
      ...tableOf(columns, [['id', text]], { ...plain, charsMax })
        .split('\n')
        .map(line => line.length)
    )
  t.equal(widest(), 54)
  t.equal(widest(56), 54)
  t.equal(widest(40), 38)
  t.equal(widest(10), 24)
  t.match(tableOf(columns, [['id', text]], { ...plain, charsMax: 40 }), /…$/)
})

t.test('text of strangers loses line breaks and escape sequences', async t => {
  t.equal(plainText('a\nb\u001b[31mred\u0007\u2028c\u009b0m '), 'a b [31mred c 0m')
  t.equal(tableOf([{ title: 'x', charsMax: 20 }], [['\u001b[2Jboo']], plain), 'x\n[2Jboo')
})

t.test('long text is cut at whole characters', async t => {
  t.equal(cut('abcdef', 6), 'abcdef')
  t.equal(cut('abcdefg', 6), 'abcde…')
  t.equal(cut('👍👍👍', 2), '👍…')
})

t.test('times are told by their distance', async t => {
  const now = new Date('2026-05-20T12:00:00Z')
  const before = (seconds: number) => ago(new Date(now.getTime() - seconds * 1_000), now)
  t.strictSame(
    [before(0), before(59), before(60), before(3_599), before(3_600), before(86_400), before(40 * 86_400)],
    ['now', '59s ago', '1m ago', '59m ago', '1h ago', '1d ago', '2026-04-10']
  )
  t.equal(before(-3), 'now', 'another clock may be a little ahead')
})

t.test('sizes have a unit that fits', async t => {
  t.strictSame([0, 1, 1_023, 1_024, 1_536, 1024 ** 2, 123.4 * 1024 ** 2, 1024 ** 3, 5000 * 1024 ** 4].map(bytesText), [
    '0 B',
    '1 B',
    '1023 B',
    '1 KiB',
    '1.5 KiB',
    '1 MiB',
    '123 MiB',
    '1 GiB',
    '4.88 PiB'
  ])
})
