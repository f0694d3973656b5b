/** Written anew by each build, so that scripts get other names and other places. */
export const build = () => 'first'
