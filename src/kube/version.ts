const decimal = /^\d+$/;

/**
 * Whether the first resourceVersion is older than the second. Kubernetes writes them as decimal numbers that grow (KEP
 * 5504); of any that are not, nothing can be said, and the answer is no.
 */
export function isOlder(version: string, than: string): boolean {
  if (!decimal.test(version) || !decimal.test(than)) return false;
  return version.length === than.length ? version < than : version.length < than.length;
}
