import type { Group } from './description.ts';
import { apiServer, processes } from './plumbing.ts';
import { approvals, controllers, notifications, people } from './work.ts';

/** Every metric of ours, in the order in which the page shows them. */
export const catalogue: readonly Group[] = [
  approvals,
  notifications,
  people,
  controllers,
  apiServer,
  processes,
];
