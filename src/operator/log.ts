import { pino, type Logger } from 'pino';

/**
 * JSON lines on standard output. Links and tokens must not get here in the first place; redaction is the second
 * barrier, for fields that carry whole requests or settings.
 */
export function createLog(level: string): Logger {
  return pino({
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    redact: {
      paths: [
        'password',
        '*.password',
        'token',
        '*.token',
        'authorization',
        '*.authorization',
        'cookie',
        '*.cookie',
        'link',
        '*.link',
      ],
      censor: '[redacted]',
    },
  });
}
