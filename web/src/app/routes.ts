/**
 * Every address of the dashboard. Pages are loaded when they are gone to. `title` is the browser's, `filters` are what
 * the header offers; `/:org/:project/…` are shown by ProjectScope, which knows the project by then. Notifications link
 * to issues and alerts: keep those two.
 */
import type { RouteRecordRaw } from 'vue-router'
import { texts } from './texts/frame.ts'

const ofProject: RouteRecordRaw[] = [
  { path: '', redirect: to => ({ name: 'overview', params: to.params }) },
  {
    path: 'overview',
    name: 'overview',
    component: () => import('../features/overview/OverviewPage.vue'),
    meta: { title: texts.pages.overview, filters: ['range', 'environment'] }
  },
  {
    path: 'issues',
    name: 'issues',
    component: () => import('../features/issues/list/IssuesPage.vue'),
    meta: { title: texts.pages.issues, filters: ['range', 'environment'] }
  },
  {
    path: 'issues/:issue',
    name: 'issue',
    component: () => import('../features/issues/detail/IssuePage.vue'),
    meta: { title: texts.pages.issue }
  },
  {
    path: 'issues/:issue/events/:event',
    name: 'issue-event',
    component: () => import('../features/issues/detail/IssuePage.vue'),
    meta: { title: texts.pages.issue }
  },
  {
    path: 'events',
    name: 'events',
    component: () => import('../features/events/EventsPage.vue'),
    meta: { title: texts.pages.events, filters: ['range', 'environment'] }
  },
  {
    path: 'feedback',
    name: 'feedback',
    component: () => import('../features/feedback/FeedbackPage.vue'),
    meta: { title: texts.pages.feedback }
  },
  {
    path: 'releases',
    name: 'releases',
    component: () => import('../features/releases/list/ReleasesPage.vue'),
    meta: { title: texts.pages.releases, filters: ['range', 'environment'] }
  },
  {
    path: 'releases/:version',
    name: 'release',
    component: () => import('../features/releases/detail/ReleasePage.vue'),
    meta: { title: texts.pages.release, filters: ['range', 'environment'] }
  },
  {
    path: 'compare',
    name: 'release-comparison',
    component: () => import('../features/releases/compare/ComparePage.vue'),
    meta: { title: texts.pages.compare }
  },
  {
    path: 'users/:user',
    name: 'user',
    component: () => import('../features/persons/PersonPage.vue'),
    meta: { title: texts.pages.user }
  },
  {
    path: 'live',
    name: 'live',
    component: () => import('../features/live-tail/LivePage.vue'),
    meta: { title: texts.pages.live, filters: ['environment'] }
  },
  {
    path: 'alerts',
    name: 'alerts',
    component: () => import('../features/alerts/AlertsPage.vue'),
    meta: { title: texts.pages.alerts }
  },
  {
    path: 'settings/:section?',
    name: 'settings',
    component: () => import('../features/settings/SettingsPage.vue'),
    meta: { title: texts.pages.settings }
  },
  {
    path: 'onboarding',
    name: 'onboarding',
    component: () => import('../features/onboarding/OnboardingPage.vue'),
    meta: { title: texts.pages.onboarding }
  }
]

const inShell: RouteRecordRaw[] = [
  {
    path: '',
    name: 'home',
    component: () => import('../features/organization/mine/OrganizationsPage.vue'),
    meta: { title: texts.pages.organizations }
  },
  {
    path: 'organizations',
    name: 'organizations',
    component: () => import('../features/organization/mine/OrganizationsPage.vue'),
    meta: { title: texts.pages.organizations }
  },
  {
    path: 'account',
    name: 'account',
    component: () => import('../features/account/AccountPage.vue'),
    meta: { title: texts.pages.account }
  },
  {
    path: 'system',
    name: 'system',
    component: () => import('../features/system/SystemPage.vue'),
    meta: { title: texts.pages.system, instanceAdmin: true }
  },
  {
    path: ':org/overview',
    name: 'all-overview',
    component: () => import('../features/organization/all/AllProjectsPage.vue'),
    meta: { title: texts.pages.allOverview, filters: ['range', 'environment'] }
  },
  {
    path: ':org/issues',
    name: 'all-issues',
    component: () => import('../features/issues/list/AllIssuesPage.vue'),
    meta: { title: texts.pages.allIssues, filters: ['range', 'environment'] }
  },
  {
    path: ':org/projects',
    name: 'projects',
    component: () => import('../features/organization/projects/ProjectsPage.vue'),
    meta: { title: texts.pages.projects }
  },
  {
    path: ':org/team',
    name: 'team',
    component: () => import('../features/team/TeamPage.vue'),
    meta: { title: texts.pages.team }
  },
  {
    path: ':org/notifications',
    name: 'notifications',
    component: () => import('../features/alerts/notifications/NotificationsPage.vue'),
    meta: { title: texts.pages.notifications }
  },
  {
    path: ':org/settings',
    name: 'organization-settings',
    component: () => import('../features/organization/settings/OrganizationSettingsPage.vue'),
    meta: { title: texts.pages.organization }
  },
  { path: ':org/:project', component: () => import('./ProjectScope.vue'), children: ofProject },
  {
    path: ':unknown(.*)*',
    name: 'unknown',
    component: () => import('./UnknownPage.vue'),
    meta: { title: texts.pages.unknown }
  }
]

export const routes: RouteRecordRaw[] = [
  {
    path: '/login',
    name: 'login',
    component: () => import('../features/auth/LoginPage.vue'),
    meta: { title: texts.pages.login, open: true }
  },
  {
    path: '/setup',
    name: 'setup',
    component: () => import('../features/auth/SetupPage.vue'),
    meta: { title: texts.pages.setup, open: true }
  },
  {
    path: '/invite/:token',
    name: 'invite',
    component: () => import('../features/auth/InvitePage.vue'),
    meta: { title: texts.pages.invite, open: true }
  },
  {
    path: '/account/mail/:token',
    name: 'mail-question',
    component: () => import('../features/auth/MailQuestionPage.vue'),
    meta: { title: texts.pages.mail, open: true }
  },
  { path: '/', component: () => import('./AppShell.vue'), children: inShell }
]
