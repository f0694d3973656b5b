// Goal: a pipeline is one transaction whose outcome is told truly: all of it or nothing, also when COPY is refused,
// when the backend dies in the middle of it and when no answer comes in time. Method: a table of the test's own; a
// trigger that waits for an advisory lock stops a COPY at a chosen row.
import t, { type Test } from 'tap'
import type { Sql } from '../../../../services/database/sql.ts'
import { isUnavailable } from '../../../../services/database/errors.ts'
import type { ByteWriter } from '../../../../services/database/wire/byte-writer.ts'
import { connectWire, UnknownOutcome, type WireConnection } from '../../../../services/database/wire/connection.ts'
import { int, text } from '../../../../services/database/wire/parameters.ts'
import type { PreparedStatement } from '../../../../services/database/wire/pipeline.ts'
import { testDatabase } from '../../../support/database.ts'

const options = { deadlineMs: 20_000 }
const copy: PreparedStatement = { name: 'copy', text: 'copy numbers (n, word) from stdin (format binary)' }
const add: PreparedStatement = { name: 'add', text: 'select $1::bigint + 1 as sum, $2::text' }
const divide: PreparedStatement = { name: 'divide', text: 'select 1 / $1::bigint' }
const gate = 42

async function start(t: Test): Promise<{ sql: Sql; wire: WireConnection }> {
  const { sql } = await testDatabase(t, { migrated: false, max: 4 })
  await sql`create table numbers (n bigint not null, word text not null)`
  const wire = await connectWire(sql)
  t.teardown(() => wire.close())
  return { sql, wire }
}

function writeNumbers(words: string[]): (out: ByteWriter) => void {
  return out => {
    out.ensure(32)
    out.length += Buffer.from('PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0', 'latin1').copy(out.buffer, out.length)
    for (const [index, word] of words.entries()) {
      out.int16(2)
      out.int32(8)
      out.int64(index)
      out.text(word)
    }
    out.int16(-1)
  }
}

async function countOf(sql: Sql): Promise<number> {
  const [row] = await sql<{ count: number }[]>`select count(*)::int as count from numbers`
  return row?.count ?? -1
}

/** Rows with the word `wait` are not stored until the holder of the gate lets go. */
async function closeGate(t: Test, sql: Sql) {
  await sql.unsafe(`
    create function wait() returns trigger language plpgsql as $$ begin
      if new.word = 'wait' then perform pg_advisory_xact_lock(${gate}); end if;
      return new;
    end $$;
    create trigger wait before insert on numbers for each row execute function wait()`)
  const keeper = await sql.reserve()
  t.teardown(() => keeper.release())
  await keeper`select pg_advisory_lock(${gate})`
  return keeper
}

/** The backend that waits at the gate, as soon as it does. */
async function waitingBackend(sql: Sql): Promise<number> {
  for (;;) {
    const [row] = await sql<{ pid: number }[]>`
      select pid from pg_locks join pg_database d on d.oid = database where locktype = 'advisory' and not granted
        and d.datname = current_database()`
    if (row) return row.pid
  }
}

t.test('returns a result for every statement of a pipeline', async t => {
  const { sql, wire } = await start(t)
  for (const round of [1, 2]) {
    const [sum, copied] = await wire.run(pipeline => {
      t.equal(pipeline.execute(add, [int(41), text('größe')]), 0)
      t.equal(pipeline.copy(copy, writeNumbers(['a', 'b', 'c'])), 1)
    }, options)
    t.same(sum, { rows: [['42', 'größe']], rowCount: 1 })
    t.equal(copied?.rowCount, 3)
    t.equal(await countOf(sql), 3 * round)
  }
})

t.test('a later statement that fails undoes the COPY before it, and the connection goes on', async t => {
  const { sql, wire } = await start(t)
  const failing = wire.run(pipeline => {
    pipeline.copy(copy, writeNumbers(['a']))
    pipeline.execute(divide, [int(0)])
  }, options)
  await t.rejects(failing, { code: '22012' })
  t.equal(await countOf(sql), 0)

  const [sum] = await wire.run(pipeline => {
    pipeline.execute(add, [int(1), text('')])
  }, options)
  t.same(sum?.rows, [['2', '']])
  t.ok(wire.isOpen())
})

t.test('a refused COPY is refused, whatever comes on the connection afterwards', async t => {
  const { sql, wire } = await start(t)
  const copying = (words: string[]) =>
    wire.run(pipeline => {
      pipeline.copy(copy, writeNumbers(words))
    }, options)
  await t.rejects(copying(['good', 'b\0d', ...Array.from({ length: 20_000 }, () => 'x'.repeat(100))]), {
    code: '22021'
  })
  t.equal(await countOf(sql), 0)
  const [copied] = await copying(['good'])
  t.equal(copied?.rowCount, 1)
  t.equal(await countOf(sql), 1)
})

t.test('a statement is prepared again after the pipeline that prepared it failed', async t => {
  const { wire } = await start(t)
  for (const divisor of [0, 0, 1]) {
    const running = wire.run(pipeline => {
      pipeline.execute(add, [int(1), text('')])
      pipeline.execute(divide, [int(divisor)])
    }, options)
    if (divisor === 0) await t.rejects(running, { code: '22012' })
    else {
      t.same(
        (await running).map(({ rows }) => rows[0]?.[0]),
        ['2', '1']
      )
    }
  }
})

t.test('nothing is stored when the backend dies in the middle of a COPY', async t => {
  const { sql, wire } = await start(t)
  await closeGate(t, sql)
  const copying = wire.run(pipeline => {
    pipeline.copy(copy, writeNumbers(['a', 'b', 'wait', 'c']))
  }, options)
  const refused = t.rejects(copying, { code: '57P01' })
  await sql`select pg_terminate_backend(${await waitingBackend(sql)})`
  await refused

  t.equal(await countOf(sql), 0)
  t.notOk(wire.isOpen())
  const error = await wire
    .run(pipeline => {
      pipeline.execute(add, [int(1), text('')])
    }, options)
    .catch((error: unknown) => error)
  t.ok(error instanceof UnknownOutcome && isUnavailable(error))
})

t.test('a run that is not answered in time is given up, and the server gives it up too', async t => {
  const { sql, wire } = await start(t)
  const keeper = await closeGate(t, sql)
  const copying = wire.run(
    pipeline => {
      pipeline.copy(copy, writeNumbers(['a', 'wait']))
    },
    { deadlineMs: 2_000 }
  )
  const givenUp = t.rejects(copying, { name: 'UnknownOutcome', code: 'UNKNOWN_OUTCOME' })
  const pid = await waitingBackend(sql)
  await givenUp
  t.notOk(wire.isOpen())

  for (let alive = true; alive;) {
    const [row] = await sql<
      { alive: boolean }[]
    >`select exists (select from pg_stat_activity where pid = ${pid}) as alive`
    alive = row?.alive ?? false
  }
  await keeper`select pg_advisory_unlock(${gate})`
  t.equal(await countOf(sql), 0)
})

t.test('a run can be given up by a signal', async t => {
  const { sql, wire } = await start(t)
  await closeGate(t, sql)
  const giveUp = new AbortController()
  const copying = wire.run(
    pipeline => {
      pipeline.copy(copy, writeNumbers(['wait']))
    },
    { ...options, signal: giveUp.signal }
  )
  const givenUp = t.rejects(copying, { name: 'UnknownOutcome' })
  await waitingBackend(sql)
  giveUp.abort()
  await givenUp
  t.equal(await countOf(sql), 0)
})

t.test('a server that is not there is unavailable', async t => {
  const { sql } = await testDatabase(t, { migrated: false })
  const nowhere = { ...sql, clientConfig: { ...sql.clientConfig, host: '127.0.0.1', port: 1 } }
  const error = await connectWire(Object.assign(() => {}, nowhere) as unknown as Sql).catch((error: unknown) => error)
  t.ok(isUnavailable(error), String(error))
})

t.test('a second run is sent behind the first, and each ends by itself', async t => {
  const { sql, wire } = await start(t)
  const keeper = await closeGate(t, sql)
  const first = wire.run(pipeline => {
    pipeline.copy(copy, writeNumbers(['wait']))
  }, options)
  const second = wire.run(pipeline => {
    pipeline.execute(add, [int(1), text('behind')])
  }, options)
  await waitingBackend(sql)
  await keeper`select pg_advisory_unlock(${gate})`
  t.match(await first, [{ rowCount: 1 }])
  t.match(await second, [{ rows: [['2', 'behind']] }])

  const refused = wire
    .run(pipeline => {
      pipeline.execute(divide, [int(0)])
    }, options)
    .catch((error: unknown) => error)
  const accepted = wire.run(pipeline => {
    pipeline.copy(copy, writeNumbers(['stored']))
  }, options)
  t.match(await refused, { code: '22012' })
  t.match(await accepted, [{ rowCount: 1 }])
  t.equal(await countOf(sql), 2)
  t.ok(wire.isOpen())
})

t.test('when the backend dies both runs have an unknown outcome', async t => {
  const { sql, wire } = await start(t)
  await closeGate(t, sql)
  const runs = ['wait', 'later'].map(word =>
    wire
      .run(pipeline => {
        pipeline.copy(copy, writeNumbers([word]))
      }, options)
      .catch((error: unknown) => error)
  )
  await sql`select pg_terminate_backend(${await waitingBackend(sql)}::int)`
  for (const error of await Promise.all(runs)) t.ok(isUnavailable(error), String(error))
  t.notOk(wire.isOpen())
  t.equal(await countOf(sql), 0)
})
