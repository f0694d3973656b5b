// Goal: hashes of contents are recognised and names of files are not, measured on lists. Method: 20,000 hashes of each
// bundler from a seeded generator, and the names of all files of the packages that are installed here.
import fs from 'node:fs'
import path from 'node:path'
import t from 'tap'
import { withoutContentHash } from '../../../events/grouping/content-hashes.ts'
import { seededRandom } from '../../../bench/load/random.ts'

const random = seededRandom(1)
const hexadecimal = '0123456789abcdef'
const base64url = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-'
const base32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

function digits(alphabet: string, length: number): string {
  return Array.from({ length }, () => alphabet.charAt(Math.floor(random() * alphabet.length))).join('')
}

/** A name with a hash, the folder that it is in, and what it must become. */
const bundlers: Record<string, () => readonly [base: string, folder: string, name: string]> = {
  'Vite and Rollup': () => [`cart-${digits(base64url, 8)}.js`, 'assets', 'cart.js'],
  'Vite 2 and Parcel': () => [`cart.${digits(hexadecimal, 8)}.js`, 'assets', 'cart.js'],
  'esbuild and Angular': () => [`chunk-${digits(base32, 8)}.js`, '', 'chunk.js'],
  webpack: () => [`main.${digits(hexadecimal, 20)}.js`, 'js', 'main.js'],
  'webpack with 8 digits': () => [`main.${digits(hexadecimal, 8)}.chunk.js`, 'js', 'main.chunk.js'],
  Next: () => [`page-${digits(hexadecimal, 16)}.js`, 'cart', 'page.js'],
  'Next with Turbopack': () => [`_${digits(hexadecimal, 8)}._.js`, 'chunks', ''],
  Nuxt: () => [`${digits(base64url, 8)}.js`, '_nuxt', ''],
  SvelteKit: () => [`start.${digits(base64url, 8)}.js`, 'entry', 'start.js'],
  Sprockets: () => [`application-${digits(hexadecimal, 64)}.js`, 'assets', 'application.js'],
  Django: () => [`app.${digits(hexadecimal, 12)}.css`, 'static', 'app.css']
}
const hashesEach = 20_000
const recognisedMin = 0.99

for (const [bundler, generate] of Object.entries(bundlers)) {
  t.test(`hashes of ${bundler}`, async t => {
    let recognised = 0
    for (let count = 0; count < hashesEach; count++) {
      const [base, folder, name] = generate()
      if (withoutContentHash(base, folder) === name) recognised += 1
    }
    t.ok(recognised >= recognisedMin * hashesEach, `${recognised} of ${hashesEach}`)
  })
}

/** Packages that publish what a bundler wrote: their files do have hashes in their names. */
const packages = [
  'sentry',
  'modern-tar',
  'playwright-core',
  'rolldown',
  '@rolldown\\/[\\w-]+',
  '@sentry\\/[\\w-]+',
  'eslint-compat-utils',
  '@prisma\\/[\\w-]+',
  '@tanstack\\/[\\w-]+',
  'reghex',
  'pathe',
  '@vitest\\/[\\w-]+',
  'vite',
  'vitest',
  'fast-check',
  'tailwindcss',
  'tsx',
  'vue-echarts',
  'vue-router'
].join('|')
const bundled = new RegExp(`node_modules\\/(?:${packages})\\/`)

t.test('no name of a real file is taken for a hash', async t => {
  const root = path.resolve('node_modules')
  const seen = new Set<string>()
  const harmed: string[] = []
  for (const entry of fs.readdirSync(root, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    const folder = entry.parentPath.slice(entry.parentPath.lastIndexOf('/') + 1)
    const isBundled = bundled.test(`${entry.parentPath}/`)
    seen.add(`${folder}/${entry.name}`)
    if (!isBundled && withoutContentHash(entry.name, folder) !== entry.name) {
      harmed.push(`${entry.parentPath}/${entry.name}`)
    }
  }
  t.ok(seen.size > 30_000, `${seen.size} names in their folders`)
  t.same(harmed, [])
})
