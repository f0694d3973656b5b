// Goal: a file keeps its name from build to build, and files that differ in more than a hash keep apart.
import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { cleanFileName, cleanModule } from '../../../events/grouping/locations.ts'

const files = [
  ['src/app.ts', 'app.ts'],
  ['/home/ann/shop/src/App.TS', 'app.ts'],
  ['C:\\shop\\src\\App.cs', 'app.cs'],
  ['app.3f2a9c1b.js', 'app.js'],
  ['https://shop.example/static/js/main.3f2a9c1b.chunk.js', 'main.chunk.js'],
  ['https://shop.example/app.js?v=123', 'app.js'],
  ['index-DrB4xYz9.js', 'index.js'],
  ['chunk-7XQ2ABCD.js', 'chunk.js'],
  ['vendors~main.12.bundle.js', 'vendors~main.bundle.js'],
  ['12.chunk.js', 'chunk.js'],
  ['123.js', ''],
  ['3f2a9c1b4d.js', ''],
  ['webpack:///./src/Cart.vue?a1b2', 'cart.vue'],
  ['<anonymous>', ''],
  ['[native code]', ''],
  ['<string>', '<string>'],
  ['<frozen importlib._bootstrap>', '<frozen importlib._bootstrap>'],
  ['index.js', 'index.js'],
  ['main.abcdef.js', 'main.abcdef.js'],
  ['facade.php', 'facade.php'],
  ['utf-8.js', 'utf-8.js'],
  ['base64.js', 'base64.js'],
  ['.env', 'env'],
  ['folder/', 'folder'],
  ['?v=1', ''],
  ['', '']
] as const
for (const [file, cleaned] of files) {
  t.test(`${JSON.stringify(file)} becomes ${JSON.stringify(cleaned)}`, async t => t.equal(cleanFileName(file), cleaned))
}

const modules = [
  ['com.example.shop.Cart', 'com.example.shop.Cart'],
  ['com.example.Cart$$Lambda$14/0x0000000800c03000', 'com.example.Cart'],
  ['com.example.Cart$$EnhancerBySpringCGLIB$$1a2b3c4d', 'com.example.Cart'],
  ['com.sun.proxy.$Proxy12', 'com.sun.proxy.$Proxy'],
  ['jdk.internal.reflect.GeneratedMethodAccessor123', 'jdk.internal.reflect.GeneratedMethodAccessor'],
  ['shop.core$handle__5021', 'shop.core$handle'],
  ['shop.views', 'shop.views'],
  ['<unknown>', '']
] as const
for (const [module, cleaned] of modules) {
  t.test(`module ${module} becomes ${JSON.stringify(cleaned)}`, async t => t.equal(cleanModule(module), cleaned))
}

t.test('two builds of one file have one name', async () => {
  const hash = fc.stringMatching(/^[0-9a-f]{8,20}$/).filter(text => /\d/.test(text))
  fc.assert(
    fc.property(
      fc.stringMatching(/^[a-z]{2,12}$/),
      hash,
      hash,
      fc.constantFrom('.', '-', '_'),
      (name, a, b, separator) => {
        const one = cleanFileName(`/x/${name}${separator}${a}.js`)
        assert.equal(cleanFileName(`/y/${name}${separator}${b}.js`), one)
        assert.equal(cleanFileName(`${name}${separator}${a}.js`), cleanFileName(`${name}.js`))
      }
    )
  )
})

t.test('any path gives a short name without folders', async () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.webUrl({ withQueryParameters: true })), path => {
      const name = cleanFileName(path)
      assert.ok(name.length <= 200, `${name.length} are too many`)
      assert.doesNotMatch(name, /[/\\?]/)
    })
  )
})

t.test('paths made to be slow end like all others', async t => {
  for (const part of ['/', '\\', '.', '-a', 'a1', '?', '.js', '1.']) {
    t.ok(cleanFileName(part.repeat(300_000)).length <= 200, part)
    t.ok(cleanFileName(`${part.repeat(300_000)}x`).length <= 200, `${part} with an end`)
  }
})
