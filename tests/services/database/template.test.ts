// Goal: interpolated values reach PostgreSQL as what they are, and never as text of the statement.
// Method: statements made from templates are looked at, and values go through a real server and back.
import fc from 'fast-check'
import t from 'tap'
import { fragmentKey, json, name, parameterOf, statementOf } from '../../../services/database/template.ts'
import { testDatabase } from '../../support/database.ts'

t.test('numbers parameters through fragments inside fragments', async t => {
  const inner = { [fragmentKey]: { strings: ['c = ', ''], values: [3] } }
  const outer = { [fragmentKey]: { strings: ['b = ', ' and ', ''], values: [2, inner] } }
  t.same(statementOf(['select * from ', ' where a = ', ' and ', ''], [name('ta"ble'), 1, outer]), {
    text: 'select * from "ta""ble" where a = $1 and b = $2 and c = $3',
    values: ['1', '2', '3']
  })
})

t.test('a text is a value whatever it looks like', async t => {
  const { sql } = await testDatabase(t, { migrated: false })
  const text = '\'; drop table issues; -- $1 {"a"} \\ $x'
  t.same([...(await sql`select ${text}::text as text`)], [{ text }])
})

t.test('values of every kind arrive as what they are', async t => {
  const { sql } = await testDatabase(t, { migrated: false })
  const at = new Date('2024-02-29T12:34:56.789Z')
  const [row] = await sql`select
    ${9007199254740991}::bigint as bigint, ${10n}::bigint as from_bigint, ${1.5}::float8 as float,
    ${true}::boolean as yes, ${null}::text as nothing,
    ${at}::timestamptz as at, ${at}::timestamptz::timestamp as plain, ${at}::date as day,
    ${Buffer.from([0, 255])}::bytea as bytes, ${new Uint8Array([1, 2]).subarray(1)}::bytea as view,
    ${{ a: [1, 'x'] }}::jsonb as object, ${sql.json([1, null])}::jsonb as list, ${sql.json('text')}::json as text,
    '1 day'::interval as interval,
    ${12345678901234567890n}::numeric as numeric`
  t.same(row, {
    bigint: 9007199254740991,
    from_bigint: 10,
    float: 1.5,
    yes: true,
    nothing: null,
    at,
    plain: at,
    day: new Date('2024-02-29'),
    bytes: Buffer.from([0, 255]),
    view: Buffer.from([2]),
    object: { a: [1, 'x'] },
    list: [1, null],
    text: 'text',
    interval: '1 day',
    numeric: '12345678901234567890'
  })
})

t.test('arrays of every kind arrive as what they are', async t => {
  const { sql } = await testDatabase(t, { migrated: false })
  const at = new Date('2024-02-29T12:34:56.789Z')
  const [row] = await sql`select
    ${[1, 2]}::bigint[] as bigints, ${[]}::bigint[] as none,
    ${['a', null, 'NULL', '', '{"}', 'b\\c,']}::text[] as texts, ${[[1], [2]]}::bigint[] as nested,
    ${[at, null]}::timestamptz[] as times, ${[at]}::date[] as days, ${[at]}::timestamptz[]::timestamp[] as plain,
    ${[Buffer.from([1, 255])]}::bytea[] as bytes,
    ${[{ a: 1 }]}::jsonb[] as objects, ${[true]}::boolean[] as flags`
  t.same(row, {
    bigints: [1, 2],
    none: [],
    texts: ['a', null, 'NULL', '', '{"}', 'b\\c,'],
    nested: [[1], [2]],
    times: [at, null],
    days: [new Date('2024-02-29')],
    plain: [at],
    bytes: [Buffer.from([1, 255])],
    objects: [{ a: 1 }],
    flags: [true]
  })
})

t.test('any text and any list of texts comes back as it was', async t => {
  const { sql } = await testDatabase(t, { migrated: false })
  const texts = fc.array(fc.string({ unit: 'binary' }).map(text => text.replaceAll('\0', '').toWellFormed()))
  await fc.assert(
    fc.asyncProperty(texts, async list => {
      const [row] = await sql`select ${list}::text[] as list, ${list.join('')}::text as text`
      t.same(row, { list, text: list.join('') })
    }),
    { numRuns: 50 }
  )
})

t.test('a number that JavaScript cannot hold is an error, not a wrong number', async t => {
  const { sql } = await testDatabase(t, { migrated: false })
  await t.rejects(async () => await sql`select 9007199254740993::bigint as n`, {
    name: 'RangeError',
    message: /9007199254740993 is too large/
  })
  t.same([...(await sql`select 1 as one`)], [{ one: 1 }])
})

t.test('what is no value is refused', async t => {
  t.throws(() => parameterOf(undefined), TypeError)
  t.throws(() => json(undefined))
})
