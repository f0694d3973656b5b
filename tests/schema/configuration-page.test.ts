// Goal: docs/configuration.md says what schema/config.ts does. Method: write the page and compare.
import { readFileSync } from 'node:fs'
import t from 'tap'
import { settingNames, settingsTable } from '../../schema/config.ts'
import { configurationPage } from '../../schema/configuration-page.ts'

t.test('the page in docs is what the table of settings says (npm run docs writes it)', async t => {
  t.equal(readFileSync('docs/configuration.md', 'utf8'), configurationPage())
})

t.test('the page has every setting with its flag, its variable and what is allowed', async t => {
  const page = configurationPage()
  for (const name of settingNames) {
    const { flag, env, allowed, description } = settingsTable[name]
    for (const part of [flag ?? '', env, allowed, description]) t.ok(page.includes(part), `${name}: ${part}`)
  }
})

t.test('flags and variables are spelled after the setting', async t => {
  for (const name of settingNames) {
    const words = name.replaceAll(/[A-Z]/g, letter => `-${letter.toLowerCase()}`)
    const { flag, env } = settingsTable[name]
    const isCommon = name === 'httpsProxy' || name === 'noProxy'
    t.equal(flag, name === 'cookie' || isCommon ? null : `--${words}`)
    t.equal(env, (name === 'databaseUrl' || isCommon ? '' : 'MESHER_') + words.replaceAll('-', '_').toUpperCase())
  }
})
