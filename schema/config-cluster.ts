/** The settings of a node among others, as part of the table of all settings. */
import * as v from 'valibot'
import { addresses, filePath, hostName, nodeAddress, share, wholeNumber } from './config-values.ts'
import type { Setting } from './setting.ts'

export const clusterSettings = {
  workers: {
    schema: wholeNumber(1, 64),
    flag: '--workers',
    env: 'MESHER_WORKERS',
    default: '1',
    allowed: 'a whole number from 1 to 64',
    description:
      'How many nodes this start runs, as processes that share the port (on Linux the kernel deals out the ' +
      'connections). One for each processor core that is to work for Mesher; one process of its own owns them, and ' +
      'the embedded PostgreSQL. On `node:http` it needs Node.js 22.12.',
    secret: false,
    usedBy: ['start', 'doctor']
  },
  cookie: {
    schema: v.nullable(v.pipe(v.string(), v.regex(/^[0-9A-Fa-f]{32,200}$/))),
    flag: null,
    env: 'MESHER_COOKIE',
    default: null,
    allowed: '32 to 200 hex digits, as `openssl rand -hex 32` prints them',
    description:
      'The secret that all nodes of a cluster share: with it any program can be a node. With it and DATABASE_URL ' +
      'nodes find each other through the database. Without it a node links with no other; workers of one start ' +
      'then have a cookie of their own.',
    secret: true,
    usedBy: ['start']
  },
  join: {
    schema: addresses,
    flag: '--join',
    env: 'MESHER_JOIN',
    default: '',
    allowed: 'a comma-separated list of addresses like 10.0.0.2:8900 or node-2:8900, at most 64',
    description:
      'Nodes to link with, at their mesh ports; through them a node gets to know all others. Without it nodes find ' +
      'each other through the database that they share. Needs a cookie.',
    secret: false,
    usedBy: ['start']
  },
  meshHost: {
    schema: v.nullable(hostName),
    flag: '--mesh-host',
    env: 'MESHER_MESH_HOST',
    default: null,
    allowed: 'an IP address or a host name',
    description:
      'Address to listen on for other nodes. Without it the one of the setting host; 127.0.0.1 for workers that ' +
      'have no cookie.',
    secret: false,
    usedBy: ['start']
  },
  meshPort: {
    schema: wholeNumber(0, 65_535),
    flag: '--mesh-port',
    env: 'MESHER_MESH_PORT',
    default: '0',
    allowed: 'a whole number from 0 to 65535; 0 takes a free port',
    description:
      'TCP port for other nodes. A free one is enough where nodes find each other through the database; who is to ' +
      'be joined by address, or is behind a firewall, needs a fixed one. The second worker takes the next one, and ' +
      'so on.',
    secret: false,
    usedBy: ['start']
  },
  meshAddress: {
    schema: v.nullable(nodeAddress),
    flag: '--mesh-address',
    env: 'MESHER_MESH_ADDRESS',
    default: null,
    allowed: 'an address like 10.0.0.2:8900 or node-2:8900',
    description:
      'Under which address other nodes reach this one. Without it where it listens; the host name when that is ' +
      'every address of the machine.',
    secret: false,
    usedBy: ['start']
  },
  meshTlsCert: {
    schema: v.nullable(filePath),
    flag: '--mesh-tls-cert',
    env: 'MESHER_MESH_TLS_CERT',
    default: null,
    allowed: 'the path of a file',
    description:
      'Certificate of this node, in PEM: links between nodes are TLS besides, on all nodes alike. Links are ' +
      'encrypted without it too, under keys that only holders of the cookie get. Needs a key.',
    secret: false,
    usedBy: ['start']
  },
  meshTlsKey: {
    schema: v.nullable(filePath),
    flag: '--mesh-tls-key',
    env: 'MESHER_MESH_TLS_KEY',
    default: null,
    allowed: 'the path of a file',
    description: 'Private key of the certificate for links, in PEM.',
    secret: false,
    usedBy: ['start']
  },
  meshTlsCa: {
    schema: v.nullable(filePath),
    flag: '--mesh-tls-ca',
    env: 'MESHER_MESH_TLS_CA',
    default: null,
    allowed: 'the path of a file',
    description:
      'Authority that the certificates of other nodes are checked against, in PEM. ' +
      "Without it the system's authorities.",
    secret: false,
    usedBy: ['start']
  },
  loadMax: {
    schema: share(1),
    flag: '--load-max',
    env: 'MESHER_LOAD_MAX',
    default: '85%',
    allowed: 'a percentage from 0% to 100%',
    description:
      'How busy a node may be before it lets the quietest other node process a part of its events: the share of ' +
      'its time that its event loop works. 100% keeps everything where it arrives.',
    secret: false,
    usedBy: ['start']
  }
} as const satisfies Record<string, Setting>
