/** What introduces text that the operator did not write itself, in every channel. */
export const wordsHeading = 'What the pipeline says (written by its author, not checked)';
export const factsHeading = 'What is waiting';
export const nextHeading = 'What happens next';
export const linkLabel = 'Open the request';
