import { styleText } from 'node:util';
import type { Mail } from '../../test/fakes/smtp-server.ts';
import type { FinishedRun, Moment } from './timeline.ts';

export function say(text = ''): void {
  process.stdout.write(`${text}\n`);
}

export function heading(text: string): void {
  say(`\n${styleText('bold', text)}`);
}

/** A mail as its reader sees it, set off from the demo's own words. */
export function showMail(mail: Mail): void {
  const header = ['From', 'To', 'Subject'].map((name) => `${name}: ${mail.header(name) ?? ''}`);
  for (const line of [...header, '', ...(mail.parsed.text ?? '').trimEnd().split('\n')])
    say(`  │ ${line}`.trimEnd());
}

/** What ran and what did not. */
export function showBranches({ status = {} }: FinishedRun): void {
  const { childReferences = [], skippedTasks = [], conditions = [] } = status;
  const ran = childReferences
    .filter(({ kind }) => kind === 'TaskRun')
    .map(({ pipelineTaskName }) => pipelineTaskName);
  say(`  ran       ${ran.join(', ')}`);
  say(`  skipped   ${skippedTasks.map(({ name }) => name).join(', ') || '-'}`);
  for (const { reason, message } of conditions) say(`  ended     ${reason}: ${message}`);
}

export function showTimeline(moments: readonly Moment[]): void {
  for (const { atMs, what } of moments.toSorted((a, b) => a.atMs - b.atMs)) {
    say(`  ${(atMs / 1000).toFixed(2).padStart(7)} s  ${what}`);
  }
}
