import { launch } from './install.mjs';
import { runNode } from './run.mjs';

await launch(() => runNode(['tools/generate/main.ts', ...process.argv.slice(2)]));
