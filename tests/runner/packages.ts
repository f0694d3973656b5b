/** Installs the packages that only some tests use, for a run that has such tests. */
import fs from 'node:fs'
import path from 'node:path'
import { isInstalled } from '../support/packages.ts'
import { reaches } from './plan.ts'
import type { Outcome } from './outcome.ts'
import { step } from './step.ts'

const root = 'tests/packages'
const loader = 'tests/support/packages.ts'

export async function installPackages(files: readonly string[]): Promise<Outcome[]> {
  if (!files.some(file => reaches(file, loader))) return []
  const missing = fs.readdirSync(root).filter(name => !isInstalled(path.join(root, name)))
  // What is waited for is the registry.
  return await Promise.all(
    missing.map(
      async name =>
        await step(`packages of ${name}`, 'npm', 'ci', '--no-audit', '--no-fund', '--prefix', path.join(root, name))
    )
  )
}
