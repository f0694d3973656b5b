// Goal: the command line tells what there is, refuses what is wrong with exit code 2, and keeps results and messages
// apart. Method: the real program as a child process.
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import t from 'tap'
import { settingNames, settingsTable } from '../../schema/config.ts'
import { commandNames, type CommandName } from '../../schema/setting.ts'
import { runCli, startCli } from './cli.ts'

t.jobs = 2

t.test('--version prints the version of the package', async t => {
  const { code, stdout, stderr } = await runCli(['--version'])
  t.equal(stdout, `${JSON.parse(readFileSync('package.json', 'utf8')).version}\n`)
  t.strictSame([code, stderr], [0, ''])
})

t.test('--help names every command, the first steps and the exit codes', async t => {
  const { code, stdout, stderr } = await runCli(['--help'])
  t.strictSame([code, stderr], [0, ''])
  for (const command of commandNames) t.match(stdout, new RegExp(`^ {2}${command}\\b`, 'm'))
  t.match(stdout, /First steps:/)
  t.match(stdout, /Exit codes:/)
})

const withCommandsOfTheirOwn: Partial<Record<CommandName, string[]>> = {
  project: ['create', 'list'],
  user: ['create', 'reset-password', 'delete', 'list'],
  retention: ['show', 'confirm'],
  spool: ['list', 'retry'],
  person: ['export', 'erase'],
  artifacts: ['list', 'upload', 'delete']
}
for (const command of commandNames.flatMap(
  name => withCommandsOfTheirOwn[name]?.map(own => `${name} ${own}`) ?? [name]
)) {
  t.test(`mesher ${command} --help has examples and the settings that the command reads`, async t => {
    const { code, stdout, stderr } = await runCli([...command.split(' '), '--help'])
    t.strictSame([code, stderr], [0, ''])
    t.match(stdout, /Examples:\n {2}(?:\S+=\S+ )?mesher /)
    for (const name of settingNames) {
      const { flag, usedBy } = settingsTable[name]
      if (flag !== null) {
        t.equal(
          stdout.includes(` ${flag} <value>`),
          usedBy.some(user => command.startsWith(user)),
          flag
        )
      }
    }
  })
}

t.test('a wrong command, flag or value is exit code 2 with a hint, and prints nothing on standard output', async t => {
  const wrong: [string[], RegExp][] = [
    [['strat'], /Did you mean start\?/],
    [['start', '--prot', '1'], /Did you mean --port\?/],
    [['start', '--port'], /argument missing/],
    [['issues', '--limit', '0'], /whole number from 1 to 1000/],
    [['issues', '--status', 'open'], /unresolved, resolved, archived, discarded, all/],
    [['events', '--since', 'yesterday'], /30m, 24h or 7d/],
    [['project', 'create', '--key', 'ABC'], /32 digits/]
  ]
  for (const [args, message] of wrong) {
    const { code, stdout, stderr } = await runCli(args)
    t.strictSame([code, stdout], [2, ''], args.join(' '))
    t.match(stderr, message, args.join(' '))
  }
})

t.test('all settings that are not allowed are reported at once, without a stack, and nothing is started', async t => {
  const { code, stdout, stderr } = await runCli(['start', '--port', 'http'], {
    env: { MESHER_FLUSH_MS: 'soon', MESHER_PROT: '1', DATABASE_URL: 'mysql://root:hunter2@db/x' }
  })
  t.strictSame([code, stdout], [2, ''])
  t.match(stderr, /MESHER_PROT is not a setting.*Did you mean MESHER_PORT\?/)
  t.match(stderr, /3 settings are not allowed/)
  t.match(stderr, /--port = "http" is not allowed\. Allowed is a whole number from 0 to 65535/)
  t.match(stderr, /MESHER_FLUSH_MS = "soon" is not allowed/)
  t.notMatch(stderr, /hunter2|^ +at /m)
})

t.test('without a command it prints the help as an error', async t => {
  const { code, stdout, stderr } = await runCli([])
  t.strictSame([code, stdout], [2, ''])
  t.match(stderr, /Usage: mesher/)
})

t.test('a reader that has seen enough is no error', async t => {
  const child = startCli(['start', '--help'])
  let stderr = ''
  child.stderr.on('data', (data: Buffer) => {
    stderr += data.toString()
  })
  child.stdout.destroy()
  const [code] = await once(child, 'close')
  t.strictSame([code, stderr], [0, ''])
})
