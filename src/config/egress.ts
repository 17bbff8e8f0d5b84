import * as z from 'zod';
import { isHostEntry } from '../egress/hosts.ts';
import { isMapping, type Settings } from './settingsfile.ts';
import { list, text, wholeNumber } from './value.ts';

const hosts = list.refine(
  (entries) => entries.every(isHostEntry),
  'must be a list of hosts such as chat.example.com, chat.example.com:8443 or 10.1.2.3, without scheme, path or *',
);

/** As Go's programs take HTTPS_PROXY: without a scheme it is http. */
const proxyAddress = text.transform((given, context) => {
  if (given === '') return given;
  const url = URL.parse(given.includes('://') ? given : `http://${given}`);
  if (url !== null && isProxy(url)) return url.href;
  context.addIssue({
    code: 'custom',
    message:
      'must be the address of an http or https proxy such as http://proxy.example.com:3128, without a path; HTTPS_PROXY is read, too',
  });
  return z.NEVER;
});

function isProxy({ protocol, pathname, search, hash, username, password }: URL): boolean {
  return (
    /^https?:$/.test(protocol) && `${pathname}${search}${hash}` === '/' && isDecodable(username + password)
  );
}

/** A login is given to the proxy as it is meant, not as a URL spells it. */
function isDecodable(spelled: string): boolean {
  try {
    decodeURIComponent(spelled);
    return true;
  } catch {
    return false;
  }
}

/** How requests leave: chat, webhooks, tokens. Mail has settings of its own. */
export const egressSection = z
  .strictObject({
    /** Hosts that may be asked over plain http, and inside the company's own networks. */
    allow: hosts.default([]),
    /** Empty: none. May hold a login, so it is secret. */
    proxy: proxyAddress.default(''),
    /** What is reached without it. What is not understood excepts nothing, as in every program that reads NO_PROXY. */
    noProxy: list.default([]),
    caFile: text.default(''),
    timeoutMs: wholeNumber(1, 600_000).default(15_000),
  })
  .prefault({});

/** Paths of what is secret here. */
export const egressSecrets = ['egress.proxy'] as const;

/** What most programs of a cluster read, where the settings say nothing: a name in capitals wins, as for Go's. */
export function addProxy(settings: Settings, environment: NodeJS.ProcessEnv): void {
  const section = (settings['egress'] ??= {});
  if (!isMapping(section)) return;
  section['proxy'] ??= environment['HTTPS_PROXY'] || environment['https_proxy'];
  section['noProxy'] ??= environment['NO_PROXY'] || environment['no_proxy'];
}
