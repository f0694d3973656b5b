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
  { name: 'overview', label: 'Overview', icon: LayoutDashboard, keys: 'g d', scope: 'project' },
  { name: 'issues', label: 'Issues', icon: ListTree, keys: 'g i', scope: 'project' },
  { name: 'feedback', label: 'Feedback', icon: MessageSquare, keys: 'g f', scope: 'project' },
  { name: 'events', label: 'Events', icon: FileText, keys: 'g e', scope: 'project' },
  { name: 'releases', label: 'Releases', icon: Rocket, keys: 'g r', scope: 'project' },
  { name: 'live', label: 'Live', icon: Activity, keys: 'g l', scope: 'project' },
  { name: 'alerts', label: 'Alerts', icon: Bell, keys: 'g a', scope: 'project' },
  { name: 'settings', label: 'Settings', icon: Settings, keys: 'g s', scope: 'project' },
  { name: 'onboarding', label: 'Get started', icon: Rocket, scope: 'project', quiet: true },
  { name: 'all-overview', label: 'All projects', icon: LayoutGrid, keys: 'g o', scope: 'organization' },
  { name: 'all-issues', label: 'All issues', icon: Layers, keys: 'g u', scope: 'organization' },
  { name: 'projects', label: 'Projects', icon: FolderOpen, keys: 'g p', scope: 'organization' },
  { name: 'team', label: 'Team', icon: Users, keys: 'g t', scope: 'organization' },
  { name: 'notifications', label: 'Notifications', icon: BellRing, keys: 'g n', scope: 'organization' },
  { name: 'organization-settings', label: 'Organization', icon: Building2, scope: 'organization', quiet: true },
  { name: 'organizations', label: 'Organizations', icon: Building2, scope: 'anywhere', quiet: true },
  { name: 'account', label: 'Account', icon: CircleUser, scope: 'anywhere', quiet: true },
  { name: 'system', label: 'System', icon: Server, scope: 'anywhere', instanceAdmin: true }
]
