/** What is said of the repository and its code mappings. */
export const texts = {
  about: 'Commits and the frames of stack traces lead to your repository. Mesher itself never reads it.',
  asOn: 'As on',
  commit: 'Address of a commit',
  commitHint: '{repo} and {sha} are filled in. Leave it empty for no links.',
  line: 'Address of a line',
  lineHint: '{repo}, {sha}, {path} and {line} are filled in.',

  mappings: {
    title: 'Code mappings',
    about: 'The first whose stack root a path begins with says where its file is. Empty roots stand for every path.',
    one: (position: number) => `Mapping ${position}`,
    stackRoot: 'Stack root',
    stackRootHint: 'What paths of frames begin with',
    sourceRoot: 'Source root',
    sourceRootHint: 'The same in the repository',
    repository: 'Repository',
    repositoryHint: 'For {repo}',
    branch: 'Branch',
    branchHint: 'Where no commit is known',
    moveUp: (position: number) => `Move mapping ${position} up`,
    remove: (position: number) => `Remove mapping ${position}`,
    add: 'Add a mapping'
  },

  trial: {
    path: 'Try a path',
    try: 'Try it',
    about: 'As a frame names it. Nothing is saved.',
    noMapping: 'No mapping fits this path: its frames have no links.',
    found: (position: number) => `By mapping ${position} it is {path}`,
    noLink: 'There is no link: the address of a line is empty, or names a repository that the mapping has not.',
    changed: 'The form has changed since: try it again.'
  }
}
