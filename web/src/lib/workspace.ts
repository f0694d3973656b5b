/**
 * Where one is: who is logged in, in which organization and in which project. The shell provides it and shows a page
 * only once it is known, so pages may take it for granted. Requests go by `project.value.id`: a slug may name projects
 * of two organizations.
 */
import { inject, type ComputedRef, type InjectionKey } from 'vue'
import type { Me, MyOrganization, Project, Role } from '../api/types.ts'

export type Workspace = {
  me: ComputedRef<Me>
  organization: ComputedRef<MyOrganization>
  /** Of the organization, by name. */
  projects: ComputedRef<readonly Project[]>
}

export const workspaceKey: InjectionKey<Workspace> = Symbol('workspace')
export const projectKey: InjectionKey<ComputedRef<Project>> = Symbol('project')

export function useWorkspace(): Workspace {
  const workspace = inject(workspaceKey)
  if (workspace === undefined) throw new Error('useWorkspace is for what the shell shows')
  return workspace
}

/** For pages of one project. */
export function useProject(): ComputedRef<Project> {
  const project = inject(projectKey)
  if (project === undefined) throw new Error('useProject is for pages of a project')
  return project
}

const order: readonly Role[] = ['member', 'admin', 'owner']

/** Whether this role may do what needs that one. Where it may not, say why. */
export function mayAs(role: Role, needed: Role): boolean {
  return order.indexOf(role) >= order.indexOf(needed)
}
