/** What the pages before the session say. */
export const texts = {
  logIn: 'Log in',
  createAccount: 'Create account',
  email: 'E-mail address',
  password: 'Password',
  newPassword: 'At least 8 characters, and not easy to guess',
  yourName: 'Your name',
  noAccount: 'No account? Ask an admin of your organization for an invitation.',

  setup: {
    title: 'Welcome to Mesher',
    about: 'Make the first account. It owns the organization and looks after this installation.',
    done: 'Mesher is set up already',
    doneAbout: 'There is an owner. Log in, or ask them for an invitation.',
    token: 'Setup token',
    tokenHint: 'It stands in the link that the server has printed when it started.',
    organization: 'Name of the organization'
  },

  invite: {
    title: 'Invitation',
    join: (organization: string) => `Join ${organization}`,
    about: (email: string, role: string) => `${email} is invited as ${role}.`,
    broken: 'This invitation cannot be used',
    used: 'It was used, has expired or was withdrawn. Ask for a new one.',
    other: (mine: string, invited: string) => `You are logged in as ${mine}. To accept, go on as ${invited}.`,
    password: 'Of your account. Without one, choose it here: at least 8 characters, and not easy to guess.',
    name: 'Your name, for a new account',
    accept: 'Accept the invitation',
    newAccount: 'Make a new account'
  },

  mail: {
    title: 'Alerts by mail',
    broken: 'This link cannot be used',
    replaced: 'A later mail has replaced it, or it is too old.',
    waiting: (email: string, organization: string) =>
      `Alerts of the organization “${organization}” would go to ${email}. Nothing is sent before you say yes.`,
    confirmed: (email: string, organization: string) =>
      `${email} gets alerts of the organization “${organization}” by mail.`,
    declined: (email: string, organization: string) =>
      `${email} gets no mail of the organization “${organization}”, and is not asked again.`,
    yes: 'Yes, send them',
    no: 'No',
    noMore: 'Send no more'
  }
}
