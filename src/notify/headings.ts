/** What introduces text that the operator did not write itself, in every channel. */
export const wordsHeading = 'What the pipeline says (written by its author, not checked)';
export const factsHeading = 'What is waiting';
/** The same once nothing waits any more. */
export const pastFactsHeading = 'What it was about';
export const nextHeading = 'What happens next';
export const linkLabel = 'Open the request';
