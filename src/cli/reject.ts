import { answering } from './answering.ts';

/** Rejects the requests named. */
export const run = answering('reject');
