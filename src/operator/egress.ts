import type { Config } from '../config.ts';
import { loadAuthorities } from '../egress/authorities.ts';
import { createEgress, type OpenEgress } from '../egress/guard.ts';
import { fromFile, ofSetting } from './settingfile.ts';

/** The way out for every request of this process, one for all channels. Throws where `egress.caFile` cannot be read. */
export function openEgress({ egress }: Pick<Config, 'egress'>): OpenEgress {
  const { caFile, ...settings } = egress;
  const authorities = ofSetting('egress.caFile', () => fromFile(caFile, loadAuthorities));
  return createEgress({ ...settings, ...(authorities && { authorities }) });
}
