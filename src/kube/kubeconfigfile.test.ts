import { describe, expect, it } from 'vitest';
import { mergeKubeconfigs } from './kubeconfigfile.ts';

const file = (name: string, config: object): { file: string; text: string } => ({
  file: `/home/ann/${name}`,
  text: JSON.stringify(config),
});
const user = (name: string, fields: object): object => ({ name, user: fields });

describe('several kubeconfig files as one', () => {
  it('keep of two users with one name the whole of the first and nothing of the second', () => {
    const merged = mergeKubeconfigs([
      file('one', { users: [user('red', { token: 'first' })] }),
      file('two', { users: [user('red', { username: 'second' }), user('blue', { token: 'b' })] }),
    ]);
    expect([...merged.users]).toEqual(
      expect.arrayContaining([
        ['red', { token: 'first' }],
        ['blue', { token: 'b' }],
      ]),
    );
    expect(merged.users.size).toBe(2);
  });

  it('keep the first of two entries with one name in the same file', () => {
    const merged = mergeKubeconfigs([
      file('one', { users: [user('red', { token: 'first' }), user('red', { token: 'second' })] }),
    ]);
    expect(merged.users.get('red')).toEqual({ token: 'first' });
  });

  it('take the current context of the first file that names one', () => {
    const merged = mergeKubeconfigs([
      file('one', { 'current-context': '' }),
      file('two', { 'current-context': 'second' }),
      file('three', { 'current-context': 'third' }),
    ]);
    expect(merged.currentContext).toBe('second');
  });

  it('resolve what each names beside itself, and leave commands of PATH alone', () => {
    const merged = mergeKubeconfigs([
      file('a/one', {
        clusters: [{ name: 'c', cluster: { 'certificate-authority': 'ca.crt' } }],
        users: [
          user('files', {
            'client-certificate': 'me.crt',
            'client-key': '/keys/me.key',
            tokenFile: '../token',
          }),
          user('relative', { exec: { command: './bin/plugin' } }),
          user('path', { exec: { command: 'plugin' } }),
        ],
      }),
    ]);
    expect(merged.clusters.get('c')).toEqual({ 'certificate-authority': '/home/ann/a/ca.crt' });
    expect(merged.users.get('files')).toEqual({
      'client-certificate': '/home/ann/a/me.crt',
      'client-key': '/keys/me.key',
      tokenFile: '/home/ann/token',
    });
    expect(merged.users.get('relative')).toEqual({ exec: { command: '/home/ann/a/bin/plugin' } });
    expect(merged.users.get('path')).toEqual({ exec: { command: 'plugin' } });
  });

  it('may be empty, and leave out what is not there', () => {
    const merged = mergeKubeconfigs([
      { file: '/empty', text: '' },
      { file: '/comment', text: '# nothing yet\n' },
      file('odd', { users: [null, { user: {} }, { name: 'bare' }], contexts: 'none' }),
    ]);
    expect([...merged.users]).toEqual([['bare', {}]]);
    expect(merged.contexts.size).toBe(0);
  });

  it.each([
    ['is not valid YAML', '{ half'],
    ['holds no fields', '"text"'],
  ])('name the file that %s', (says, text) => {
    expect(() => mergeKubeconfigs([{ file: '/home/ann/broken', text }])).toThrow('/home/ann/broken');
    expect(() => mergeKubeconfigs([{ file: '/home/ann/broken', text }])).toThrow(says);
  });
});
