/** What the filters of the header say. */
export const texts = {
  environment: 'Environment',
  allEnvironments: 'All environments',
  zoomOut: 'Zoom out',
  lastDay: 'Back to the last 24 hours'
}
