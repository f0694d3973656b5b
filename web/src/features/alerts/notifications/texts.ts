/** What the page of who is told what says. */
export const texts = {
  title: 'Notifications',
  about: (organization: string) => `Who is told what in ${organization}`,
  failed: 'The alert rules could not be loaded',
  assigned:
    'Beside the alerts below, members are told of issues that somebody else assigns to them: in the dashboard, and ' +
    'by mail where a mail server is configured.',

  silent: {
    title: 'Projects that tell nobody',
    about: 'What they alert of is seen in the dashboard alone. Open their rules to add mail or a channel.'
  },

  told: {
    title: 'Who is told',
    none: 'Nobody is told of anything',
    noneAbout: 'Alert rules send mail, or messages to Slack, Teams, PagerDuty and others. They belong to a project.',
    you: 'you',
    waiting: 'has not agreed yet',
    what: (who: string) => `What ${who} is told`,
    rule: (name: string, what: string) => `${name}: when ${what}`
  }
}
