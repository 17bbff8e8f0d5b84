import { bundle, bundleCli } from './build.mjs';
import { launch } from './install.mjs';
import { runForCaller } from './run.mjs';

await launch(async () => {
  await bundle();
  await bundleCli();
  await runForCaller('tools/bench/main.ts');
});
