import { bundle } from './build.mjs';
import { launch } from './install.mjs';
import { runNode } from './run.mjs';

await launch(async () => {
  await bundle();
  await runNode(['tools/demo/main.ts', ...process.argv.slice(2)]);
});
