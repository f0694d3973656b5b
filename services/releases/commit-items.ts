/** Commits as the API shows them, with links to them. */
import type { CommitItem } from '../../schema/api/release-pages.ts'
import { linkOf } from '../../schema/link-templates.ts'
import type { Sources } from './code-mappings.ts'
import type { Commit } from './commits.ts'

/** The repository of a project that has one, whatever the builder called it; else what the commit says. */
export function repositoryOf({ repository }: Pick<Commit, 'repository'>, { mappings }: Sources): string {
  const named = new Set(mappings.map(mapping => mapping.repository).filter(name => name !== ''))
  const [only] = named
  return named.size === 1 && only !== undefined ? only : repository
}

export function commitItemOf(commit: Commit, sources: Sources): CommitItem {
  const { sha, repository, message, authorName, authorEmail, committedAt, files } = commit
  return {
    sha,
    repository,
    message,
    author_name: authorName,
    author_email: authorEmail,
    committed_at: committedAt?.toISOString() ?? null,
    file_count: files.length,
    url: linkOf(sources.commitUrl, 'commit', { repo: repositoryOf(commit, sources), sha })
  }
}
