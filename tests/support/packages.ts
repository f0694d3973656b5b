/**
 * Packages that only some tests use, such as SDKs, are no part of the root install: each folder of tests/packages/ has
 * its own package.json and lock file. `npm test` installs them before tests that need them.
 */
import fs from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'

/** The folder with the packages; throws what to do where they are not installed. */
export function testPackages(name: string): string {
  const folder = path.resolve('tests/packages', name)
  if (!isInstalled(folder)) throw new Error(`packages of tests are missing: npm ci --prefix tests/packages/${name}`)
  return path.join(folder, 'node_modules')
}

/** Loads one of them. */
export function requireTestPackage(name: string, wanted: string): unknown {
  return createRequire(path.join(testPackages(name), '..', 'package.json'))(wanted)
}

/** npm writes its own list at the end of an install; a later lock file asks for another one. */
export function isInstalled(folder: string): boolean {
  const installed = fs.statSync(path.join(folder, 'node_modules/.package-lock.json'), { throwIfNoEntry: false })
  const wanted = fs.statSync(path.join(folder, 'package-lock.json'))
  return installed !== undefined && installed.mtimeMs >= wanted.mtimeMs
}
