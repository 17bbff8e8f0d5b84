import type { Logger } from 'pino';
import type { Config } from '../config.ts';
import { configMapStore } from '../controllers/configmapstore.ts';
import { peopleKey, PeopleSource, type PeopleStore } from '../identity/peoplesource.ts';
import type { KubeClient } from '../kube/client.ts';
import type { Recorder } from '../kube/recorder.ts';

export interface PeopleParts {
  readonly config: Config;
  readonly client: KubeClient;
  readonly recorder: Pick<Recorder, 'event'>;
  readonly isLeader: () => boolean;
  readonly log: Logger;
  /** Called whenever another directory comes into force, or a mistake in it comes or goes. */
  readonly onChange: () => void;
}

/** For an install that wants no directory: there is never a ConfigMap. */
const nowhere: PeopleStore = { read: async () => Promise.resolve(undefined) };

/** The people directory of this install. Its problems are told by one Event, of the leader. */
export function createPeople({
  config,
  client,
  recorder,
  isLeader,
  log,
  onChange,
}: PeopleParts): PeopleSource {
  const name = config.people.configMap;
  const place = { namespace: config.install.namespace, name };
  const stored = configMapStore(client, place, peopleKey);
  return new PeopleSource({
    store: name === '' ? nowhere : stored,
    pollMs: config.people.pollMs,
    log,
    onChange,
    tell: (problem) => {
      if (!isLeader()) return false;
      recorder.event({
        regarding: { apiVersion: 'v1', kind: 'ConfigMap', ...place, uid: stored.uid() },
        type: 'Warning',
        reason: 'PeopleDirectoryInvalid',
        action: 'Read',
        note: `The people directory is not in force as it stands here. ${problem}`,
      });
      return true;
    },
  });
}
