import { readFile } from 'node:fs/promises';

/**
 * liquidjs writes letters with accents in regular expressions, which esbuild leaves as they are. Escaped they mean the
 * same, and Node holds the whole program in one byte a character instead of two.
 */
export const plainAscii = {
  name: 'plain ASCII',
  setup(build) {
    build.onLoad({ filter: /[\\/]node_modules[\\/]liquidjs[\\/].*\.m?js$/ }, async ({ path }) => ({
      contents: escaped(await readFile(path, 'utf8')),
      loader: 'js',
    }));
  },
};

function escaped(code) {
  return code.replaceAll(
    /[\u0080-\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
