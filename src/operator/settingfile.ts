import { named } from '../config/setting.ts';

/** What a setting names cannot be used. The message is for whoever set it. */
export class SettingError extends Error {}

/** What is read where a setting says. Where that fails, the error names the setting and, if it can, the file. */
export function ofSetting<T>(setting: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new SettingError(`${named(setting)}: ${messageOf(error)}`, { cause: error });
  }
}

const told: Readonly<Record<string, (file: string) => string>> = {
  ENOENT: (file) => `there is no ${file}`,
  EISDIR: (file) => `${file} is a folder`,
  ENOTDIR: (file) => `${file} is no folder`,
};

/** What `read` gives for a file or folder. Where the system refuses it, the error says so in words. */
export function fromFile<T>(file: string, read: (file: string) => T): T {
  try {
    return read(file);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : undefined;
    if (code === undefined) throw error;
    const words = told[code]?.(file) ?? `${file} cannot be read`;
    throw new Error(`${words} (${code})`, { cause: error });
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
