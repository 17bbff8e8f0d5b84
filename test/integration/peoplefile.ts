import { configMaps } from '../../src/api/resources.ts';
import type { Gate } from './gate.ts';
import { until } from './until.ts';

const name = 'tekton-approvals-people';

/** The ConfigMap of a gate's people directory. */
export class PeopleFile {
  readonly #gate: Gate;

  constructor(gate: Gate) {
    this.#gate = gate;
  }

  /** Writes the directory, as `kubectl apply` would. */
  async write(text: string): Promise<void> {
    const data = { 'people.yaml': text };
    const there = await this.#gate.read(configMaps, name);
    if (there === undefined)
      await this.#gate.create(configMaps, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data });
    else await this.#gate.admin.patch(configMaps, this.#gate.key(name), { data }, { type: 'merge' });
  }

  /** Writes a good directory and waits until it is in force. */
  async put(text: string): Promise<void> {
    const before = this.#timesInForce();
    await this.write(text);
    await until('the directory to be in force', async () => Promise.resolve(this.#timesInForce() > before));
  }

  #timesInForce(): number {
    return this.#gate.log.filter((line) => line.includes('people directory in force')).length;
  }
}
