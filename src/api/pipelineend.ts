import type { Instant } from '../domain/approval.ts';
import { parseGoDuration } from '../domain/duration.ts';
import type { PipelineRun } from './tekton.ts';
import { instant } from './time.ts';

/**
 * When a PipelineRun ends its tasks by itself: its start plus the shorter of timeouts.pipeline and timeouts.tasks, of
 * which 0 means none. Tekton's admission fills in timeouts.pipeline (60 minutes by default); undefined where nothing
 * is known. tektoncd/pipeline pkg/apis/pipeline/v1/pipelinerun_types.go, TimeoutFields. Tekton stores the start a moment
 * after it has made the first tasks; until then the creation stands for it.
 */
export function pipelineRunEnd(run: PipelineRun): Instant | undefined {
  const startTime = run.status?.startTime ?? run.metadata.creationTimestamp;
  const { pipeline, tasks } = run.spec?.timeouts ?? {};
  const limits = [pipeline, tasks].map((text) => (text === undefined ? 0 : (parseGoDuration(text) ?? 0)));
  const shortest = Math.min(...limits.filter((limit) => limit > 0));
  return Number.isFinite(shortest) ? instant(startTime) + shortest : undefined;
}
