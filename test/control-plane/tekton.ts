import { readdirSync } from 'node:fs';
import path from 'node:path';

import { Api, type KubeObject } from './api.ts';
import { applyObjects, readObject, readObjects } from './apply.ts';
import type { Core, Surroundings } from './core.ts';
import { startListening } from './listening.ts';
import { kubeconfigForServiceAccount } from './service-account.ts';
import { waitFor } from './waiting.ts';

const namespace = 'tekton-pipelines';
const webhookService = 'tekton-pipelines-webhook';
const aYear = 365 * 24 * 3600;

/** What both of Tekton's processes need; the ports are theirs alone, on the interfaces Tekton chooses. */
function environment(
  kubeconfig: string,
  ports: { probes: number; metrics: number; profiling: number },
): Record<string, string> {
  return {
    KUBECONFIG: kubeconfig,
    SYSTEM_NAMESPACE: namespace,
    KUBERNETES_MIN_VERSION: 'v1.28.0',
    CONFIG_LOGGING_NAME: 'config-logging',
    CONFIG_OBSERVABILITY_NAME: 'config-observability',
    CONFIG_FEATURE_FLAGS_NAME: 'feature-flags',
    PROBES_PORT: String(ports.probes),
    METRICS_PROMETHEUS_HOST: '127.0.0.1',
    METRICS_PROMETHEUS_PORT: String(ports.metrics),
    PROFILING_PORT: String(ports.profiling),
  };
}

/** Installs Tekton Pipelines and starts its webhook and controller, each as its own ServiceAccount. */
export async function startTekton(surroundings: Surroundings, core: Core): Promise<void> {
  const api = new Api(core.adminKubeconfig, surroundings.signal);
  try {
    await applyObjects(api, installedObjects(surroundings.binaries.tektonConfig));
    await startWebhook(surroundings, core, api);
    await startController(surroundings, core);
    await admissionWorks(api);
  } finally {
    api.close();
  }
}

/** Tekton's own installation without its Deployments and without what depends on the webhook's port. */
function installedObjects(config: string): KubeObject[] {
  const installed = /^(20[01]-|config-|clusterrole-aggregate-).*\.yaml$/;
  const files = readdirSync(config)
    .filter((file) => installed.test(file))
    .toSorted();
  return [
    ...readObjects(path.join(config, '100-namespace', '100-namespace.yaml')),
    ...files.flatMap((file) => readObjects(path.join(config, file))),
  ];
}

/** The objects that say where the API server finds the webhook: a Service that leads to this machine, and its users. */
function webhookObjects(config: string, port: number): KubeObject[] {
  const crds = readdirSync(path.join(config, '300-crds')).toSorted();
  const definitions = crds.flatMap((file) => readObjects(path.join(config, '300-crds', file)));
  const webhooks = readObjects(path.join(config, '500-webhooks.yaml'));
  for (const object of [...definitions, ...webhooks]) setWebhookPort(object, port);
  const service: KubeObject = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: webhookService, namespace },
    spec: { type: 'ExternalName', externalName: 'localhost' },
  };
  return [service, ...definitions, ...webhooks];
}

/** Writes the port next to every reference to the webhook's Service, wherever the kind keeps it. */
function setWebhookPort(value: unknown, port: number): void {
  if (typeof value !== 'object' || value === null) return;
  if ('service' in value && isWebhookService(value.service)) value.service.port = port;
  for (const child of Object.values(value)) setWebhookPort(child, port);
}

function isWebhookService(value: unknown): value is { name: string; port?: number } {
  return typeof value === 'object' && value !== null && 'name' in value && value.name === webhookService;
}

async function accountKubeconfig(directory: string, core: Core, name: string): Promise<string> {
  const file = path.join(directory, `${name}.kubeconfig`);
  return kubeconfigForServiceAccount(
    core.adminKubeconfig,
    { namespace, name, expirationSeconds: aYear },
    file,
  );
}

async function startWebhook(surroundings: Surroundings, core: Core, api: Api): Promise<void> {
  const { binaries, processes, directory, signal } = surroundings;
  const kubeconfig = await accountKubeconfig(directory, core, 'tekton-pipelines-webhook');
  await startListening(
    { processes, signal, ports: 4 },
    async ([port = 0, probes = 0, metrics = 0, profiling = 0]) => {
      await applyObjects(api, webhookObjects(binaries.tektonConfig, port));
      return {
        spec: {
          name: 'tekton-webhook',
          command: binaries['tekton-webhook'],
          args: ['-disable-ha'],
          // It would wait half a minute for a load balancer to forget it.
          grace: 1_000,
          env: {
            ...environment(kubeconfig, { probes, metrics, profiling }),
            CONFIG_LEADERELECTION_NAME: 'config-leader-election-webhook',
            WEBHOOK_SERVICE_NAME: webhookService,
            WEBHOOK_SECRET_NAME: 'webhook-certs',
            WEBHOOK_PORT: String(port),
            WEBHOOK_ADMISSION_CONTROLLER_NAME: 'webhook.pipeline.tekton.dev',
            WEBHOOK_DISABLE_NAMESPACE_OWNERSHIP: 'true',
          },
        },
        ready: () => registered(api),
        result: undefined,
      };
    },
  );
}

type Webhook = { rules?: unknown[]; clientConfig: { caBundle?: string } };

/** True when the webhook has written its rules and its certificate authority into its own registration. */
async function registered(api: Api): Promise<boolean> {
  const base = '/apis/admissionregistration.k8s.io/v1';
  const registrations = [
    `${base}/mutatingwebhookconfigurations/webhook.pipeline.tekton.dev`,
    `${base}/validatingwebhookconfigurations/validation.webhook.pipeline.tekton.dev`,
  ];
  const found = await Promise.all(
    registrations.map((file) => readObject<{ webhooks?: Webhook[] }>(api, file)),
  );
  const webhooks = found.flatMap((registration) => registration?.webhooks ?? []);
  return webhooks.length >= registrations.length && webhooks.every(isRegistered);
}

function isRegistered({ rules, clientConfig }: Webhook): boolean {
  return (rules?.length ?? 0) > 0 && clientConfig.caBundle !== undefined;
}

async function startController(surroundings: Surroundings, core: Core): Promise<void> {
  const { binaries, processes, directory, signal } = surroundings;
  const kubeconfig = await accountKubeconfig(directory, core, 'tekton-pipelines-controller');
  const images = ['entrypoint', 'nop', 'sidecarlogresults', 'workingdirinit', 'shell'];
  await startListening({ processes, signal, ports: 3 }, ([probes = 0, metrics = 0, profiling = 0]) => ({
    spec: {
      name: 'tekton-controller',
      command: binaries['tekton-controller'],
      // No pod runs here, so the images are names only; the controller demands them all.
      args: ['-disable-ha', ...images.map((name) => `-${name}-image=x`), '-shell-image-win=x'],
      env: {
        ...environment(kubeconfig, { probes, metrics, profiling }),
        CONFIG_DEFAULTS_NAME: 'config-defaults',
        CONFIG_LEADERELECTION_NAME: 'config-leader-election-controller',
        CONFIG_SPIRE: 'config-spire',
      },
    },
    ready: async () => (await fetch(`http://127.0.0.1:${probes}/readiness`)).ok,
    result: undefined,
  }));
}

/** Asks for a Task in both of its versions without keeping it: admission and conversion answer only when all is up. */
async function admissionWorks(api: Api): Promise<void> {
  const check = async (version: string): Promise<boolean> => {
    await api.request('POST', `/apis/tekton.dev/${version}/namespaces/default/tasks?dryRun=All`, {
      body: {
        apiVersion: `tekton.dev/${version}`,
        kind: 'Task',
        metadata: { name: 'admission-check' },
        spec: { steps: [{ name: 'check', image: 'x', command: ['true'] }] },
      },
    });
    return true;
  };
  await waitFor(async () => (await check('v1')) && check('v1beta1'), {
    what: "Tekton's admission webhook",
    signal: api.signal,
  });
}
