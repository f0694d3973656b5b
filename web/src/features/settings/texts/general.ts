/** What the general settings and the snippets say. */
export const texts = {
  name: 'Name',
  slug: 'Slug',
  slugHint:
    'Stands in the addresses of this dashboard and in the short ids of issues. DSNs go by the number, so nothing ' +
    'that sends has to change.',
  platform: 'Platform',
  platformHint: 'Chooses the snippet that is shown first.',
  noPlatform: 'Not chosen',

  api: {
    title: 'For the API',
    id: 'Project id',
    created: 'Created'
  },

  snippets: {
    about: "Mesher speaks the protocol of Sentry's SDKs: nothing but the DSN is different.",
    noKey: 'This project has no active key: make one under “Client keys” and put it where YOUR_DSN_KEY stands.'
  }
}
