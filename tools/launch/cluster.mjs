import { launch } from './install.mjs';
import { runNode } from './run.mjs';

await launch(() => runNode(['test/control-plane/cluster-command.ts', ...process.argv.slice(2)]));
