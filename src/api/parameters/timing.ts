import { parseGoDuration } from '../../domain/duration.ts';
import { limits } from '../limits.ts';
import { kindOf, lengthOf, quote, type Report } from './problem.ts';

const allowed = 'a Go duration such as 30m, 24h or 1h30m, or 0 for no limit';

/**
 * The time an attempt may take, as the author wrote it; empty: no limit. CustomRun.spec.timeout comes first, the
 * parameter only where that is absent (Tekton hands 0 over as no limit).
 */
export function readTimeout(ofRun: unknown, ofParameter: unknown, report: Report): string {
  const parameter = readDuration('timeout', ofParameter, report);
  return readDuration('spec.timeout', ofRun, report) ?? parameter ?? '';
}

/** Undefined: not given. Empty: no limit. */
function readDuration(field: string, given: unknown, report: Report): string | undefined {
  if (given === undefined || given === null || given === '') return undefined;
  if (typeof given !== 'string') {
    report(field, `must be ${allowed}, not ${kindOf(given)}`);
    return undefined;
  }
  const text = given.trim();
  const milliseconds = lengthOf(text) <= limits.duration ? parseGoDuration(text) : undefined;
  if (milliseconds === undefined) report(field, `${quote(given)} is not a duration; write ${allowed}`);
  else if (milliseconds < 0) report(field, `${quote(given)} is negative; write ${allowed}`);
  return milliseconds === 0 ? '' : text;
}

/** How often a passed deadline may start the task anew. */
export function readRetries(given: unknown, report: Report): number {
  if (given === undefined || given === null) return 0;
  if (typeof given === 'number' && Number.isInteger(given) && given >= 0 && given <= limits.retries)
    return given;
  const shown = typeof given === 'number' ? String(given) : kindOf(given);
  report('spec.retries', `must be a whole number from 0 to ${limits.retries}, not ${shown}`);
  return 0;
}
