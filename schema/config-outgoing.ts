/** The settings of what Mesher sends to others, notifications and mail, as part of the table of all settings. */
import * as v from 'valibot'
import { exceptedHosts, proxyUrl, smtpUrl, yesOrNo } from './config-values.ts'
import type { Setting } from './setting.ts'

export const outgoingSettings = {
  webhookAllowPrivate: {
    schema: yesOrNo,
    flag: '--webhook-allow-private',
    env: 'MESHER_WEBHOOK_ALLOW_PRIVATE',
    default: 'false',
    allowed: 'true or false (1 and 0, yes and no)',
    description:
      'Whether notifications may go to addresses that are not of the public Internet: this machine, private and ' +
      'link-local networks. Users who may write alert rules can then reach what Mesher can reach.',
    secret: false,
    usedBy: ['start']
  },
  httpsProxy: {
    schema: v.nullable(proxyUrl),
    flag: null,
    env: 'HTTPS_PROXY',
    default: null,
    allowed: 'a URL like http://user:password@proxy.example.com:3128, or https',
    description:
      'The proxy that notifications to https addresses go through (`CONNECT`). It may be in your own network; where ' +
      'a notification goes is checked all the same, and the proxy is asked for the address that was checked. With ' +
      '`MESHER_WEBHOOK_ALLOW_PRIVATE` it is asked for the name, which need not resolve here.',
    secret: true,
    usedBy: ['start']
  },
  noProxy: {
    schema: exceptedHosts,
    flag: null,
    env: 'NO_PROXY',
    default: '',
    allowed: 'a list of hosts with commas between, such as example.com,10.1.2.3,chat.local:8443, or *',
    description:
      'Hosts that are reached without the proxy. A name stands for the names below it too, `*` for all hosts; ' +
      'networks may be written as 10.0.0.0/8.',
    secret: false,
    usedBy: ['start']
  },
  smtpUrl: {
    schema: v.nullable(smtpUrl),
    flag: '--smtp-url',
    env: 'MESHER_SMTP_URL',
    default: null,
    allowed:
      'a URL like smtp://user:password@mail.example.com:587?from=mesher@example.com, or smtps; a file that `ca` names ' +
      'must be there',
    description:
      'The mail server for notifications by e-mail. `from` is the sender; without it the user is, where that is an ' +
      'address, else mesher at the host of the public URL. `smtp` changes to TLS where the server offers it, and ' +
      '`requireTLS=true` insists; `smtps` begins with TLS. Certificates are checked: `ca` is a file with those of ' +
      'your own authority in PEM, `tls.servername` the name to check, `tls.rejectUnauthorized=false` accepts any. ' +
      'Special characters of user and password are percent-encoded. Prefer the variable or the file: other users ' +
      'of a machine see flags.',
    secret: true,
    usedBy: ['start']
  }
} as const satisfies Record<string, Setting>
