import { Insights, InsightsQuery } from '../views/insights.ts'
import type { Route } from './route.ts'

export const insightsRoutes = {
  getInsights: {
    method: 'GET',
    path: '/api/insights',
    permission: 'run.read',
    acrossProjects: true,
    tag: 'runs',
    summary: 'Success rates, durations, queue times, common errors and flaky jobs of the last days.',
    query: InsightsQuery,
    response: Insights,
  },
} as const satisfies Record<string, Route>
