import { bundleCli, mebibytes } from './build.mjs';
import { launch } from './install.mjs';

await launch(async () => console.log(`dist/tkn-approval: ${mebibytes(await bundleCli())}`));
