// Goal: a file keeps its name from build to build, and files that differ in more than a hash keep apart.
import fc from 'fast-check'
import t from 'tap'
import { fileName } from '../../../events/grouping/file-names.ts'
import { languageOfPlatform } from '../../../events/grouping/languages/languages.ts'

const files = [
  ['src/app.ts', 'app.ts'],
  ['/home/ann/shop/src/App.TS', 'app.ts'],
  ['C:\\shop\\src\\App.cs', 'app.cs'],
  ['app.3f2a9c1b.js', 'app.js'],
  ['https://shop.example/static/js/cart.3f2a9c1b.chunk.js', 'cart.chunk.js'],
  ['https://shop.example/app.js?v=123', 'app.js'],
  ['cart-DrB4xYz9.js', 'cart.js'],
  ['cart-D_kx2-9a.js', 'cart.js'],
  ['chunk-7XQ2ABCD.js', 'chunk.js'],
  ['chunk-ABCDEFGH.js', 'chunk.js'],
  ['polyfills-FFHMD2TL.js', 'polyfills.js'],
  ['https://shop.example/_nuxt/DbQ2xY9p.js', ''],
  ['https://shop.example/_app/immutable/nodes/3.DbQ2xY9p.js', ''],
  ['https://shop.example/_next/static/chunks/fd9d1056-3f2a9c1b4d5e6f70.js', ''],
  ['https://shop.example/_next/static/chunks/app/cart/page-3f2a9c1b4d5e6f70.js', 'cart/page.js'],
  ['https://shop.example/_next/static/chunks/_3f2a9c1b._.js', ''],
  ['vendors~main.12.bundle.js', 'vendors~main.bundle.js'],
  ['12.chunk.js', 'chunk.js'],
  ['123.js', ''],
  ['2015.js', '2015.js'],
  ['3f2a9c1b4d.js', ''],
  ['application-3f2a9c1b4d5e6f708192a3b4c5d6e7f8.js', 'application.js'],
  ['webpack:///./src/Cart.vue?a1b2', 'cart.vue'],
  ['https://shop.example/orders/8812', ''],
  ['https://shop.example/', ''],
  ['<anonymous>', ''],
  ['[native code]', ''],
  ['<string>', '<string>'],
  ['<frozen importlib._bootstrap>', '<frozen importlib._bootstrap>'],
  ['index.js', 'index.js'],
  ['facade.php', 'facade.php'],
  ['utf-8.js', 'utf-8.js'],
  ['base64.js', 'base64.js'],
  ['noble-ed25519.js', 'noble-ed25519.js'],
  ['src/OAuth2Client.ts', 'oauth2client.ts'],
  ['src/OAuth2Client.js', 'oauth2client.js'],
  ['Crc32Algorithm.cs', 'crc32algorithm.cs'],
  ['ISO8601Utils.java', 'iso8601utils.java'],
  ['Http2FrameCodec.ts', 'http2framecodec.ts'],
  ['Base64Encoder.js', 'base64encoder.js'],
  ['HTML5Parser.js', 'html5parser.js'],
  ['linux-x64-musl.js', 'linux-x64-musl.js'],
  ['grid-2x2-plus.js', 'grid-2x2-plus.js'],
  ['.env', '.env'],
  ['folder/', 'folder'],
  ['?v=1', ''],
  ['', '']
] as const
t.test('names of files', async t => {
  for (const [file, name] of files) t.equal(fileName(file), name, file)
})

const withFolder = [
  ['app:///src/app/api/cart/route.ts', 'cart/route.ts'],
  ['src/routes/login/+page.server.ts', 'login/+page.server.ts'],
  ['/srv/shop/cart/__init__.py', 'cart/__init__.py'],
  ['src/cart/mod.rs', 'cart/mod.rs'],
  ['src/app/cart/page.tsx', 'cart/page.tsx'],
  ['app/views/cart/index.html.erb', 'cart/index.html.erb'],
  ['/srv/releases/20240101120000/main.py', 'main.py'],
  ['/srv/v1.2.3/index.js', 'index.js'],
  ['/srv/3f2a9c1b4d/index.js', 'index.js'],
  ['https://shop.example/index-DbQ2xY9p.js', 'index.js'],
  ['https://shop.example/assets/index-DbQ2xY9p.js', 'assets/index.js'],
  ['cart/list.py', 'list.py']
] as const
t.test('a name that says nothing has its folder, unless that is a hash or a version', async t => {
  for (const [file, name] of withFolder) t.equal(fileName(file), name, file)
})

const generated: Record<string, ReadonlyArray<readonly [file: string, path: string]>> = {
  python: [
    ['/tmp/ipykernel_12345/1234567890.py', '<ipython-input>'],
    ['<ipython-input-3-9f8a7b6c5d4e>', '<ipython-input>'],
    ['<attrs generated init shop.Cart>', '<attrs generated>'],
    ['<attrs generated eq 12>', '<attrs generated>'],
    ['<decorator-gen-12>', '<decorator-gen>'],
    ['<string>', '<string>'],
    ['shop/views.py', 'shop/views.py']
  ],
  ruby: [
    ['(eval at /srv/app/cart.rb:12)', '<eval>'],
    ['(eval):3', '(eval):3'],
    ['app/cart.rb', 'app/cart.rb']
  ],
  php: [
    ["/srv/app/cart.php(12) : eval()'d code", '/srv/app/cart.php'],
    [`/srv/cache/${'3f2a'.repeat(10)}_0.file.cart.tpl.php`, '/srv/cache/cart.tpl.php'],
    ['/srv/cache/app-cart.latte--3f2a9c1b4d.php', '/srv/cache/app-cart.latte.php']
  ]
}
for (const [platform, cases] of Object.entries(generated)) {
  t.test(`files that ${platform} generates`, async t => {
    for (const [file, path] of cases) t.equal(languageOfPlatform(platform)?.filePath(file), path, file)
  })
}

t.test('a cached template has no name of its own', async t => {
  t.equal(fileName(`/srv/storage/framework/views/${'3f2a9c1b'.repeat(5)}.php`), '')
})

t.test('two builds of one file have one name', async () => {
  const hash = fc.stringMatching(/^[0-9a-f]{8,20}$/).filter(text => /\d[a-f]\d|[a-f]\d[a-f]/.test(text))
  fc.assert(
    fc.property(
      fc.stringMatching(/^[g-z]{3,12}$/),
      hash,
      hash,
      fc.constantFrom('.', '-', '_'),
      (name, a, b, separator) => {
        const other = fileName(`/y/${name}${separator}${b}.js`)
        return fileName(`/x/${name}${separator}${a}.js`) === other && other === fileName(`${name}.js`)
      }
    )
  )
})

t.test('any path gives a short name with one folder at most', async () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.webUrl({ withQueryParameters: true })), path => {
      const name = fileName(path)
      return name.length <= 520 && !/[/\\].*[/\\]|\?/.test(name)
    })
  )
})

t.test('paths made to be slow end like all others', async t => {
  for (const part of ['/', '\\', '.', '-a', 'a1', '?', '.js', '1.', '-ab12cd34', '._', '~', '://']) {
    t.ok(fileName(part.repeat(300_000)).length <= 520, part)
    t.ok(fileName(`${part.repeat(300_000)}x.js`).length <= 520, `${part} with an end`)
  }
})
