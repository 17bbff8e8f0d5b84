import { answering } from './answering.ts';

/** Approves the requests named. */
export const run = answering('approve');
