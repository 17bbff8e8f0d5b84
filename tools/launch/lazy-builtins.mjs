import { isBuiltin } from 'node:module';

const namespace = 'lazy-builtin';

/**
 * Node's own modules, loaded when the code that wants them first runs. In a bundle of one file all imports stand at the
 * top: `version` would load the whole of HTTP and TLS before it prints a line.
 */
export const lazyBuiltins = {
  name: 'lazy builtins',
  setup(build) {
    build.onResolve({ filter: /.*/ }, ({ path, namespace: importer }) => {
      if (!isBuiltin(path)) return undefined;
      return importer === namespace ? { path, external: true } : { path, namespace };
    });
    build.onLoad({ filter: /.*/, namespace }, ({ path }) => ({
      contents: `module.exports = require(${JSON.stringify(path)});`,
    }));
  },
};
