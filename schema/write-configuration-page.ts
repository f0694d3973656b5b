/** `npm run docs`: writes docs/configuration.md. */
import { writeFileSync } from 'node:fs'
import { configurationPage } from './configuration-page.ts'

writeFileSync('docs/configuration.md', configurationPage())
console.log('docs/configuration.md is up to date')
