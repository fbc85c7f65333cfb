import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  redirect,
} from '@tanstack/react-router'
import { PageFault, PageNotFound, PagePending } from './fallbacks.tsx'
import { ProjectsPage } from './projects.tsx'
import { Root } from './root.tsx'
import {
  filterSearch,
  insightsSearch,
  listSearch,
  runSearch,
  runsSearch,
  settingsSearch,
  snapshotsSearch,
} from './search.ts'

const root = createRootRoute({ component: Root, notFoundComponent: PageNotFound })
const at = () => root

const routeTree = root.addChildren([
  createRoute({ getParentRoute: at, path: '/', validateSearch: filterSearch, component: ProjectsPage }),
  createRoute({
    getParentRoute: at,
    path: '/inbox',
    component: lazyRouteComponent(() => import('./inbox.tsx'), 'InboxPage'),
  }),
  createRoute({
    getParentRoute: at,
    path: '/changes',
    validateSearch: listSearch,
    component: lazyRouteComponent(() => import('./changes.tsx'), 'ChangesPage'),
  }),
  createRoute({
    getParentRoute: at,
    path: '/changes/$id',
    component: lazyRouteComponent(() => import('./change.tsx'), 'ChangePage'),
  }),
  createRoute({
    getParentRoute: at,
    path: '/runs',
    validateSearch: runsSearch,
    component: lazyRouteComponent(() => import('./runs.tsx'), 'RunsPage'),
  }),
  createRoute({
    getParentRoute: at,
    path: '/insights',
    validateSearch: insightsSearch,
    component: lazyRouteComponent(() => import('./insights.tsx'), 'InsightsPage'),
  }),
  createRoute({
    getParentRoute: at,
    path: '/runs/$id',
    validateSearch: runSearch,
    component: lazyRouteComponent(() => import('./run.tsx'), 'RunPage'),
  }),
  createRoute({
    getParentRoute: at,
    path: '/environments',
    validateSearch: listSearch,
    component: lazyRouteComponent(() => import('./environments.tsx'), 'EnvironmentsPage'),
  }),
  createRoute({
    getParentRoute: at,
    path: '/projects/$slug/settings',
    validateSearch: settingsSearch,
    component: lazyRouteComponent(() => import('./settings.tsx'), 'SettingsPage'),
  }),
  createRoute({
    getParentRoute: at,
    path: '/system/audit',
    validateSearch: listSearch,
    component: lazyRouteComponent(() => import('./audit.tsx'), 'AuditPage'),
  }),
  createRoute({
    getParentRoute: at,
    path: '/account',
    component: lazyRouteComponent(() => import('./account.tsx'), 'AccountPage'),
  }),
  createRoute({
    getParentRoute: at,
    path: '/account/tokens',
    component: lazyRouteComponent(() => import('./account.tsx'), 'TokensPage'),
  }),
  createRoute({
    getParentRoute: at,
    path: '/account/browser',
    component: lazyRouteComponent(() => import('./account.tsx'), 'BrowserPage'),
  }),
  createRoute({
    getParentRoute: at,
    path: '/system/workers',
    component: lazyRouteComponent(() => import('./system-parts.tsx'), 'WorkersPage'),
  }),
  createRoute({
    getParentRoute: at,
    path: '/system/snapshots',
    validateSearch: snapshotsSearch,
    component: lazyRouteComponent(() => import('./system-parts.tsx'), 'SnapshotsPage'),
  }),
  createRoute({
    getParentRoute: at,
    path: '/system/retention',
    component: lazyRouteComponent(() => import('./system-parts.tsx'), 'RetentionPage'),
  }),
  createRoute({
    getParentRoute: at,
    path: '/system/people',
    component: lazyRouteComponent(() => import('./people.tsx'), 'PeoplePage'),
  }),
  createRoute({
    getParentRoute: at,
    path: '/projects/$slug/members',
    // The members are a tab of the settings; the address of before still leads there.
    beforeLoad: ({ params }) => {
      throw redirect({ to: '/projects/$slug/settings', params, search: { tab: 'members' }, replace: true })
    },
  }),
  createRoute({
    getParentRoute: at,
    path: '/system',
    component: lazyRouteComponent(() => import('./system.tsx'), 'SystemPage'),
  }),
])

/** The pages and their addresses. */
export const router = createRouter({
  routeTree,
  defaultPreload: 'intent',
  defaultPendingMs: 150,
  defaultPendingComponent: PagePending,
  defaultErrorComponent: PageFault,
  scrollRestoration: true,
})

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router
  }
}
