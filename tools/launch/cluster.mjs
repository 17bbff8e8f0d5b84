import { launch } from './install.mjs';
import { runForCaller } from './run.mjs';

await launch(() => runForCaller('test/control-plane/cluster-command.ts'));
