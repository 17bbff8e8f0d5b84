import { defineConfig } from 'vitest/config';

/**
 * All tests in one run. Unit and browser tests need no cluster; the others share one real control plane,
 * which the global setup starts once (or finds running).
 */
const needsControlPlane = { globalSetup: ['test/control-plane/global-setup.ts'] };
/** What runs side by side, in this order. */
const group = (groupOrder: number): object => ({ sequence: { groupOrder } });
const generous = { testTimeout: 300_000, hookTimeout: 300_000 };

export default defineConfig({
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  test: {
    // Docs name tests by their whole titles, those of tables included.
    taskTitleValueFormatTruncate: 0,
    // A test mostly waits for the control plane. One worker less than there are cores, as is usual, would leave one of two.
    maxWorkers: '100%',
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['{src,tools,test/control-plane}/**/*.test.{ts,tsx}', 'test/unit/**/*.test.ts'],
          testTimeout: 30_000,
          ...group(1),
        },
      },
      {
        extends: true,
        test: { name: 'browser', include: ['test/browser/**/*.test.ts'], ...group(1), ...generous },
      },
      {
        extends: true,
        test: {
          name: 'integration',
          include: ['test/integration/**/*.test.ts'],
          ...group(1),
          ...needsControlPlane,
          ...generous,
        },
      },
      {
        extends: true,
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          ...group(1),
          ...needsControlPlane,
          ...generous,
        },
      },
      {
        // These load the machine: they run when the others are done.
        extends: true,
        test: {
          name: 'endurance',
          include: ['test/endurance/**/*.test.ts'],
          ...group(2),
          ...needsControlPlane,
          ...generous,
        },
      },
      {
        // These change what the whole cluster shares (policy, roles), so they run by themselves, one after the other.
        extends: true,
        test: {
          name: 'alone',
          include: ['test/alone/**/*.test.ts'],
          fileParallelism: false,
          ...group(3),
          ...needsControlPlane,
          ...generous,
        },
      },
    ],
  },
});
