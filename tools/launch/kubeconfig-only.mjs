const kubernetesClient = /[\\/]node_modules[\\/]@kubernetes[\\/]client-node[\\/]/;

/**
 * Of the Kubernetes client we use the kubeconfig alone. Its package does not say that its modules do nothing by
 * themselves, so that all kinds of the API would come along: 16 MiB of memory.
 */
export const kubeconfigOnly = {
  name: 'kubeconfig only',
  setup(build) {
    build.onResolve({ filter: /.*/ }, async ({ path, importer, resolveDir, kind, pluginData }) => {
      const isAsked = path.startsWith('@kubernetes/client-node') || kubernetesClient.test(importer);
      if (!isAsked || pluginData === kubeconfigOnly) return undefined;
      const found = await build.resolve(path, { importer, resolveDir, kind, pluginData: kubeconfigOnly });
      return kubernetesClient.test(found.path) ? { ...found, sideEffects: false } : found;
    });
  },
};
