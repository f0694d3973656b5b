/**
 * A shop that real build tools build and upload to a running Mesher, as a folder of its own; its pages are served
 * without their maps.
 */
import assert from 'node:assert'
import { once } from 'node:events'
import fs from 'node:fs'
import { createServer } from 'node:http'
import os from 'node:os'
import path from 'node:path'
import { ran, type Ran } from '../support/build-tools.ts'

type Test = { teardown: (work: () => void) => void }

export type Shop = {
  /** Runs a program of the packages, such as `.bin/vite`, or of Node. */
  run: (program: string, ...parameters: string[]) => Promise<string>
  /** What `src/build.js` is made of, so that the scripts of this build have other names and other places. */
  change: (build: string) => void
  /** Names of the scripts of the last build. */
  scripts: () => string[]
  /** Where its page is. */
  url: string
}

const sources = path.resolve('tests/build-tools/shop')

/** `env` is what the build tools find: where Mesher is, and the token. */
export async function shop(t: Test, tools: string, env: Record<string, string>): Promise<Shop> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'mesher-shop-'))
  t.teardown(() => fs.rmSync(folder, { recursive: true, force: true }))
  fs.cpSync(sources, folder, { recursive: true })
  const modules = path.join(folder, 'node_modules')
  fs.symlinkSync(path.join(tools, 'node_modules'), modules)
  const dist = path.join(folder, 'dist')
  const scripts = (): string[] =>
    fs.readdirSync(path.join(dist, 'assets')).filter(file => file.endsWith('.js') && !file.includes('runtime'))

  const run = async (program: string, ...parameters: string[]): Promise<string> => {
    const file = program === 'node' ? process.execPath : path.join(modules, program)
    const { code, output }: Ran = await ran(file, parameters, { cwd: folder, env })
    assert.equal(code, 0, `${program} ${parameters.join(' ')}: ${output}`)
    return output
  }
  const change = (build: string): void => {
    fs.rmSync(dist, { recursive: true, force: true })
    fs.writeFileSync(path.join(folder, 'src/build.js'), build)
  }
  return { run, change, scripts, url: await served(t, dist, scripts) }
}

async function served(t: Test, dist: string, scripts: () => string[]): Promise<string> {
  const server = createServer((request, response) => {
    const asked = path.basename(new URL(request.url ?? '/', 'http://localhost').pathname)
    const isScript = scripts().includes(asked)
    response.statusCode = isScript || asked === '' ? 200 : 404
    response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html')
    response.end(isScript ? fs.readFileSync(path.join(dist, 'assets', asked)) : pageOf(scripts()))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    server.close()
    server.closeAllConnections()
  })
  const address = server.address()
  assert(typeof address === 'object' && address !== null)
  return `http://127.0.0.1:${address.port}/`
}

function pageOf(scripts: readonly string[]): string {
  const elements = scripts.map(file => `<script type="module" src="/assets/${file}"></script>`)
  return `<!doctype html><link rel="icon" href="data:,"><title>Shop</title><button>Pay</button>${elements.join('')}`
}
