// Goal: what a start prints can be pasted as it is. Method: the text for several situations.
import path from 'node:path'
import pc from 'picocolors'
import t from 'tap'
import { commandLine, welcome } from '../../../bin/support/welcome.ts'
import { localUrlOf, serverUrlOf } from '../../../bin/support/addresses.ts'
import { dsnOf } from '../../../events/dsn.ts'
import { loadConfig, type Flags } from '../../../schema/config.ts'
import { extension } from '../../support/program.ts'

const colours = pc.createColors(false)
const key = '0123456789abcdef0123456789abcdef'

function textOf(flags: Flags, publicKey: string | null = key, setupToken: string | null = null): string {
  const loaded = loadConfig(flags, {})
  if (!loaded.ok) throw new Error('the settings of the test are wrong')
  return welcome(
    { url: 'http://localhost:9000', project: { id: 1, name: 'Default', publicKey }, setupToken },
    loaded.config,
    colours
  )
}

t.test('names the URL, the DSN, a curl line with the key, and how to see the issue', async t => {
  const text = textOf({})
  t.match(text, /^Mesher is ready at http:\/\/localhost:9000$/m)
  t.match(text, new RegExp(`^ {4}http://${key}@localhost:9000/1$`, 'm'))
  t.match(
    text,
    new RegExp(
      `^ {4}curl http://localhost:9000/api/v1/events -H 'X-Mesher-Key: ${key}' -H 'Content-Type: application/json' -d '\\{.*\\}'$`,
      'm'
    )
  )
  t.match(text, / issues$/m)
})

t.test(
  'the command to see the issues finds the same data folder, and never shows the password of a database',
  async t => {
    t.match(textOf({ data: '/var/lib/mesher' }), / issues --data \/var\/lib\/mesher$/m)
    t.match(textOf({ data: '/my data' }), / issues --data '\/my data'$/m)
    t.notMatch(textOf({ databaseUrl: 'postgres://u:hunter2@db/x', data: '/elsewhere' }), /hunter2|--data/)
  }
)

t.test('before there is a user the text names the address where to make the first', async t => {
  t.match(textOf({}, key, 'a/b'), /^ {4}http:\/\/localhost:9000\/setup\?token=a%2Fb$/m)
  t.notMatch(textOf({}), /setup/)
})

t.test('without an active key there is nothing to paste', async t => {
  const text = textOf({}, null)
  t.match(text, /no active key/)
  t.notMatch(text, /curl/)
})

t.test('commands are named as they can be run here', async t => {
  const line = commandLine('issues', [])
  t.ok(
    line.startsWith(
      `${extension === '.ts' ? 'npx tsx' : 'node'} ${path.relative(process.cwd(), process.argv[1] ?? '')}`
    )
  )
})

t.test('a server that listens on every address is reached at localhost, another at its address', async t => {
  t.equal(localUrlOf({ host: '0.0.0.0', port: 80 }), 'http://localhost:80')
  t.equal(localUrlOf({ host: '::', port: 80 }), 'http://localhost:80')
  t.equal(localUrlOf({ host: '::1', port: 80 }), 'http://[::1]:80')
  t.equal(localUrlOf({ host: '10.0.0.1', port: 80 }), 'http://10.0.0.1:80')
  t.equal(serverUrlOf({ host: '::', port: 80, publicUrl: 'https://errors.example.com' }), 'https://errors.example.com')
  t.equal(dsnOf('https://errors.example.com', key, 7), `https://${key}@errors.example.com/7`)
})
