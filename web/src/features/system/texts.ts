/** What the page of Mesher itself says. */
import { counted, exact, percent, short } from '../../lib/format.ts'

export const texts = {
  title: 'System',
  about: 'The node that you are connected to, as it is right now.',

  pipeline: {
    sinceStart: (count: number) => `${short(count)} since the start`,
    perSecond: 'a second',
    committed: 'Committed',
    events: 'events/s',
    stored: (count: number) => `${short(count)} stored since the start`,
    refused: 'Refused',
    noneRefused: 'none since the start',
    refusedFor: (count: number, reason: string) => `${short(count)} ${reason}`,
    commits: 'Commits',
    commitSize: (events: number, ms: number) =>
      `${exact(Math.round(events * 10) / 10)} events each, in ${Math.round(ms)} ms`,
    lag: 'Lag',
    noAnswer: 'no answer',
    seconds: (seconds: number) => `${seconds < 10 ? seconds.toFixed(2) : Math.round(seconds)} s`,
    routerSilent: 'the router does not answer',
    nothingWaits: 'nothing waits',
    waiting: (batches: number) => `${counted(batches, 'batch', 'batches')} without a fate`,
    spool: 'Spool',
    emptySpool: 'empty',
    spoolStates: {
      direct: 'database takes events',
      replaying: 'replaying',
      spooling: 'spooling: database is down',
      full: 'takes nothing'
    }
  },

  nodes: {
    title: 'Nodes',
    count: (nodes: number) => counted(nodes, 'node'),
    label: 'Nodes of the cluster',
    columns: {
      name: 'Name',
      address: 'Address',
      links: 'Linked with',
      routes: 'Routes',
      since: 'Since',
      load: 'Load'
    },
    thisOne: 'this one',
    alone: 'not in a cluster',
    noLinks: 'nobody',
    refused: 'refused',
    why: '{node}: {why}',
    route: (share: number, to: string) => `${percent(share, 1)} to ${to}`,
    noRoutes: 'none',
    incarnation: (incarnation: number) => `incarnation ${incarnation}`
  },

  tree: {
    title: 'Supervision tree',
    sums: (processes: number, supervisors: number, mailbox: number, restarts: number) =>
      `${counted(processes, 'process', 'processes')} under ${counted(supervisors, 'supervisor')}, ` +
      `${exact(mailbox)} in mailboxes, ${counted(restarts, 'restart')}`,
    withDown: (sums: string, down: number) => `${sums}, ${down} down`,
    unfoldAll: 'Unfold all',
    foldAll: 'Fold all',
    fold: (name: string) => `Fold ${name}`,
    unfold: (name: string) => `Unfold ${name}`,
    process: 'Process',
    state: 'State',
    mailbox: 'Mailbox',
    restarts: 'Restarts',
    endedLast: 'Ended last',
    upFor: 'Up for',
    pid: 'Pid',
    byHand: 'Restart by hand',
    range: (first: string, last: string) => `${first} to ${last}`,
    omitted: (processes: number) => `and ${exact(processes)} more`,
    registered: (names: string) => `Registered under ${names}`
  },

  restart: {
    do: 'Restart',
    named: (name: string) => `Restart ${name}`,
    question: (name: string) => `Restart ${name}?`,
    about:
      'It ends as in a crash, and its supervisor starts it again. What was acknowledged is not lost; a request that ' +
      'it works on may fail, and the listener drops its connections. The log says who asked.',
    done: (name: string) => `${name} was restarted.`,
    failed: 'It was not restarted.'
  }
}
