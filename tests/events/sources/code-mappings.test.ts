// Goal: a frame's path becomes the path in the repository, at whole names of folders, and never leads out of it.
// Method: frames of several platforms with the mappings that people write for them, and paths that try to climb.
import t from 'tap'
import { cleaned, mappedPath, type CodeMapping, type FramePlace } from '../../../events/sources/code-mappings.ts'
import { suspectsAmong } from '../../../events/sources/suspects.ts'

const mapping = (stackRoot: string, sourceRoot: string): CodeMapping => ({
  stackRoot,
  sourceRoot,
  repository: '',
  branch: ''
})
const frame = (filename: string, about: Partial<FramePlace> = {}): FramePlace => ({
  filename,
  absPath: '',
  module: '',
  platform: 'javascript',
  ...about
})
const pathOf = (place: FramePlace, ...mappings: CodeMapping[]): string | null =>
  mappedPath(place, mappings)?.path ?? null

t.test('the first mapping that fits, at a whole name', async t => {
  t.equal(pathOf(frame('/srv/app/src/a.js'), mapping('/srv/app', 'web')), 'web/src/a.js')
  t.equal(pathOf(frame('/srv/app/src/a.js'), mapping('/srv/app/', 'web/')), 'web/src/a.js')
  t.equal(pathOf(frame('/srv/application/a.js'), mapping('/srv/app', 'web')), null, 'a part of a name is no folder')
  t.equal(pathOf(frame('src/a.js'), mapping('', '')), 'src/a.js')
  t.equal(pathOf(frame('src/a.js'), mapping('lib', 'x'), mapping('src', 'y'), mapping('', 'z')), 'y/a.js')
  t.equal(pathOf(frame('app:///main.js'), mapping('app:///', 'src')), 'src/main.js')
  t.equal(pathOf(frame('C:\\build\\src\\Cart.cs'), mapping('C:\\build', '')), 'src/Cart.cs')
  t.equal(pathOf(frame('a.py', { absPath: '/srv/app/a.py' }), mapping('/srv/app', 'api')), 'api/a.py')
  const served = frame('http://localhost:5173/@fs/srv/app/a.js')
  t.equal(pathOf(served, mapping('/srv/app', 'web')), 'web/a.js', 'from outside the root of a dev server')
  const java = frame('Cart.java', { module: 'com.acme.shop.Cart', platform: 'java' })
  t.equal(pathOf(java, mapping('com', 'src/main/java/com')), 'src/main/java/com/acme/shop/Cart.java')
})

t.test('what is no path of a repository is none', async t => {
  for (const path of ['/srv/app/../../etc/passwd', '/srv/app', '/srv/app/https://evil.example/a.js']) {
    t.equal(pathOf(frame(path), mapping('/srv/app', '')), null, path)
  }
  t.equal(cleaned('./a//b/./c.js'), 'a/b/c.js')
  t.equal(cleaned('javascript://x'), null)
  t.equal(cleaned(''), null)
})

t.test('suspects changed a file of a frame', async t => {
  const commit = (sha: string, ...paths: string[]) => ({ sha, files: paths.map(path => ({ path, type: 'M' })) })
  const commits = [
    commit('5', 'web/src/cart.js', 'web/src/price.js'),
    commit('4', 'cart.js'),
    commit('3', 'api/src/cart.js'),
    commit('2', 'src/cart.js/readme'),
    commit('1', '../src/cart.js')
  ]
  const frames = [
    { ...frame('/srv/app/src/price.js'), line: 1 },
    { ...frame('/srv/app/src/cart.js'), line: 1 }
  ]
  const found = (mappings: CodeMapping[]): string[] =>
    suspectsAmong(commits, frames, mappings).map(({ commit }) => commit.sha)
  t.same(found([mapping('/srv/app', 'web')]), ['5'], 'with a mapping the path is the same')
  t.same(suspectsAmong(commits, frames, [mapping('/srv/app', 'web')])[0]?.files, [
    { path: 'web/src/price.js', type: 'M', frame: 0 },
    { path: 'web/src/cart.js', type: 'M', frame: 1 }
  ])
  t.same(found([]), [], 'other folders than those of the frame are other files')
  const relative = [{ ...frame('src/cart.js'), line: 1 }]
  t.same(
    suspectsAmong(commits, relative, []).map(({ commit }) => commit.sha),
    ['5', '3'],
    'folders of the repository may stand before'
  )
  t.same(
    suspectsAmong(commits, [{ ...frame('cart.js'), line: 1 }], []).map(({ commit }) => commit.sha),
    ['4'],
    'a name alone says too little'
  )
})
