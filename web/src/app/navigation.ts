/** What the sidebar, the command palette and the `g` shortcuts lead to. */
import {
  Activity,
  Bell,
  BellRing,
  Building2,
  CircleUser,
  FileText,
  FolderOpen,
  Layers,
  LayoutDashboard,
  LayoutGrid,
  ListTree,
  MessageSquare,
  Rocket,
  Server,
  Settings,
  Users
} from '@lucide/vue'
import type { Component } from 'vue'
import { texts } from './texts/frame.ts'

export type Destination = {
  name: string
  label: string
  icon: Component
  keys?: string
  scope: 'project' | 'organization' | 'anywhere'
  /** Not in the sidebar. */ quiet?: boolean
  instanceAdmin?: boolean
}

export const destinations: readonly Destination[] = [
  { name: 'overview', label: texts.pages.overview, icon: LayoutDashboard, keys: 'g d', scope: 'project' },
  { name: 'issues', label: texts.pages.issues, icon: ListTree, keys: 'g i', scope: 'project' },
  { name: 'feedback', label: texts.pages.feedback, icon: MessageSquare, keys: 'g f', scope: 'project' },
  { name: 'events', label: texts.pages.events, icon: FileText, keys: 'g e', scope: 'project' },
  { name: 'releases', label: texts.pages.releases, icon: Rocket, keys: 'g r', scope: 'project' },
  { name: 'live', label: texts.pages.live, icon: Activity, keys: 'g l', scope: 'project' },
  { name: 'alerts', label: texts.pages.alerts, icon: Bell, keys: 'g a', scope: 'project' },
  { name: 'settings', label: texts.pages.settings, icon: Settings, keys: 'g s', scope: 'project' },
  { name: 'onboarding', label: texts.pages.onboarding, icon: Rocket, scope: 'project', quiet: true },
  { name: 'all-overview', label: texts.pages.allOverview, icon: LayoutGrid, keys: 'g o', scope: 'organization' },
  { name: 'all-issues', label: texts.pages.allIssues, icon: Layers, keys: 'g u', scope: 'organization' },
  { name: 'projects', label: texts.pages.projects, icon: FolderOpen, keys: 'g p', scope: 'organization' },
  { name: 'team', label: texts.pages.team, icon: Users, keys: 'g t', scope: 'organization' },
  { name: 'notifications', label: texts.pages.notifications, icon: BellRing, keys: 'g n', scope: 'organization' },
  {
    name: 'organization-settings',
    label: texts.pages.organization,
    icon: Building2,
    scope: 'organization',
    quiet: true
  },
  { name: 'organizations', label: texts.pages.organizations, icon: Building2, scope: 'anywhere', quiet: true },
  { name: 'account', label: texts.pages.account, icon: CircleUser, scope: 'anywhere', quiet: true },
  { name: 'system', label: texts.pages.system, icon: Server, scope: 'anywhere', instanceAdmin: true }
]
