/**
 * docs/configuration.md, written from the table of settings. `npm run docs` writes it; a test fails when it is out of
 * date.
 */
import { settingNames, settingsTable, type SettingName } from './config.ts'

const introduction = `# Configuration

<!-- Written by \`npm run docs\` from schema/config.ts. Change that file, not this page. -->

Every setting is a flag and an environment variable; what must not stand among a program's arguments is a variable only. A flag beats its variable; an empty variable counts as not set. Mesher reads no
configuration file. Bad values are refused at the start, all at once, with what is allowed. A variable that begins with \`MESHER_\`
and is no setting is warned about.

A secret may also stand in a file: give the file's path in the variable's name with \`_FILE\` (\`DATABASE_URL_FILE=/run/secrets/database\`).
Secrets are never logged.

\`\`\`sh
npm start -- --port 9000 --data /var/lib/mesher
MESHER_PORT=9000 DATABASE_URL=postgres://mesher:secret@db.internal/mesher npm start
\`\`\`
`

export function configurationPage(): string {
  const rows = settingNames.map(name => {
    const { flag, env, default: otherwise } = settingsTable[name]
    return `| [${flag === null ? 'only as a variable' : `\`${flag}\``}](#${anchorOf(name)}) | \`${env}\` | ${shownDefault(otherwise)} |`
  })
  const table = ['| flag | variable | default |', '|---|---|---|', ...rows].join('\n')
  return [introduction, table, ...settingNames.map(section)].join('\n\n').replaceAll(/\n{3,}/g, '\n\n') + '\n'
}

function section(name: SettingName): string {
  const { flag, alias, env, default: otherwise, allowed, description, secret, usedBy } = settingsTable[name]
  return [
    `## ${name}`,
    description,
    [
      `* ${flag === null ? 'Variable' : `Flag \`${flag}\`${alias === undefined ? '' : ` or \`${alias}\``}, variable`} \`${env}\`${secret ? `, file in \`${env}_FILE\`; a secret` : ''}`,
      `* Default: ${shownDefault(otherwise)}`,
      `* Allowed: ${allowed}`,
      `* Read by: ${usedBy.map(command => `\`mesher ${command}\``).join(', ')}`
    ].join('\n')
  ].join('\n\n')
}

function shownDefault(text: string | null): string {
  if (text === null) return 'none'
  return text === '' ? 'empty' : `\`${text}\``
}

function anchorOf(name: SettingName): string {
  return name.toLowerCase()
}
