import { createHash } from 'node:crypto';

import { assets } from '../pages/model.ts';
import { localTime } from './local-time.ts';
import { style } from './style.ts';

/** A file that pages refer to. It is part of the program, so nothing is read while it runs. */
export interface Asset {
  /** Below the base. */
  readonly path: string;
  readonly type: string;
  readonly body: string;
  /** A strong entity tag, quotes included (RFC 9110, 8.8.3). */
  readonly etag: string;
}

/** Everything that pages load. There is nothing else. */
export const assetFiles: readonly Asset[] = [
  asset({ path: assets.style, type: 'text/css; charset=utf-8', body: style }),
  asset({ path: assets.script, type: 'text/javascript; charset=utf-8', body: localTime }),
];

function asset(file: Omit<Asset, 'etag'>): Asset {
  const hash = createHash('sha256').update(file.body).digest('base64url');
  return { ...file, etag: `"${hash}"` };
}
