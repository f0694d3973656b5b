// Goal: PostgreSQL's programs run wherever npm has put them and however it has left them. Method: copies of the npm
// package without its links, and in a folder that the server's user cannot enter (needs root).
import fs from 'node:fs'
import path from 'node:path'
import t from 'tap'
import { binariesIn, findBinaries, packageRoot } from '../../../../services/database/postgres/binaries.ts'
import { serverUser } from '../../../../services/database/postgres/os-user.ts'
import { dataFolder } from '../../../support/data-folder.ts'

const user = serverUser(t.fail)
const onProgress = (): void => {}

/** What `npm ci --ignore-scripts` leaves. */
function packageWithoutLinks(folder: string): string {
  const root = path.join(folder, 'package')
  fs.cpSync(packageRoot(), root, {
    recursive: true,
    verbatimSymlinks: true,
    filter: name => !name.endsWith('.a') && !fs.lstatSync(name).isSymbolicLink()
  })
  return root
}

t.test('makes the links that a package installed without scripts lacks', async t => {
  const root = packageWithoutLinks(dataFolder(t))
  await t.rejects(binariesIn(path.join(root, 'native', 'bin'), user), { code: 'binaries_unusable' })

  const copiesFolder = dataFolder(t)
  const found = await findBinaries(root, { user, copiesFolder, onProgress })
  t.equal(found.postgres, path.join(root, 'native', 'bin', 'postgres'))
  t.equal(found.major, 18)
  t.match(found.version, /^18\.\d+$/)
  t.same(fs.readdirSync(copiesFolder), [])
})

t.test(
  'copies a package that the user of the server cannot reach, once',
  { skip: user.isLent ? false : 'needs root' },
  async t => {
    const unreachable = dataFolder(t, { mode: 0o700 })
    const root = packageWithoutLinks(unreachable)
    const copiesFolder = dataFolder(t)
    const said: string[] = []
    const options = {
      user,
      copiesFolder,
      onProgress: (text: string) => {
        said.push(text)
      }
    }

    const [first, second] = await Promise.all([findBinaries(root, options), findBinaries(root, options)])
    t.match(first.postgres, new RegExp(`^${copiesFolder}/postgres-18`))
    t.same(second, first)
    t.match(said[0], /^copying PostgreSQL's programs/)

    said.length = 0
    t.same(await findBinaries(root, options), first)
    t.same(said, [])
    t.equal(fs.readdirSync(copiesFolder).length, 1)
  }
)

t.test('says so when programs do not run', async t => {
  const folder = dataFolder(t)
  await t.rejects(binariesIn(folder, user), { code: 'binaries_unusable', message: /ENOENT/, hint: /npm ci/ })
})
