/** How much is done before a figure is taken. */
export interface Size {
  /** Done first and not measured: compilers warm up, connections open. */
  readonly warmUp: number;
  readonly blocks: number;
  readonly approvalsPerBlock: number;
  /** Approvals whose writes are counted. */
  readonly counted: number;
  /** Requests that are told to each kind of channel at once. */
  readonly told: number;
  readonly bursts: number;
  readonly runsPerBurst: number;
  readonly clients: number;
  /** How many requests wait in the pile. */
  readonly pile: number;
  readonly starts: number;
  /** How long a process must be quiet, three times in a row, before it counts as having nothing to do. */
  readonly quietMs: number;
}

export const fullSize: Size = {
  warmUp: 100,
  blocks: 7,
  approvalsPerBlock: 60,
  counted: 50,
  told: 300,
  bursts: 3,
  runsPerBurst: 500,
  clients: 8,
  pile: 10_000,
  starts: 5,
  quietMs: 2_000,
};

/** Enough to see that everything works; its figures say nothing. */
export const smallSize: Size = {
  warmUp: 1,
  blocks: 1,
  approvalsPerBlock: 5,
  counted: 3,
  told: 10,
  bursts: 1,
  runsPerBurst: 50,
  clients: 8,
  pile: 200,
  starts: 1,
  quietMs: 250,
};
