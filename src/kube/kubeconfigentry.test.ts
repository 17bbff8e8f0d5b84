import { describe, expect, it } from 'vitest';
import { kubeConfigOf } from './kubeconfigentry.ts';
import type { ActingUser, Choice } from './kubeconfigentry.ts';
import { mergeKubeconfigs } from './kubeconfigfile.ts';

const ca = Buffer.from('CA').toString('base64');
const kubeconfig = (user: object, cluster: object = {}): ReturnType<typeof mergeKubeconfigs> =>
  mergeKubeconfigs([
    {
      file: '/home/ann/config',
      text: JSON.stringify({
        'current-context': 'work',
        contexts: [
          { name: 'work', context: { cluster: 'near', user: 'ann', namespace: 'team-a' } },
          { name: 'nobody', context: { cluster: 'near' } },
        ],
        clusters: [
          { name: 'near', cluster: { server: 'https://near:6443/', ...cluster } },
          { name: 'far', cluster: { server: 'https://far' } },
        ],
        users: [
          { name: 'ann', user },
          { name: 'admin', user: { token: 'root' } },
        ],
      }),
    },
  ]);
const userOf = (user: object, choice?: Choice): ActingUser | null =>
  kubeConfigOf(kubeconfig(user), choice).getCurrentUser();

describe('the cluster and the user that are meant', () => {
  it('are those of the current context, with its namespace', () => {
    const config = kubeConfigOf(kubeconfig({ token: 't' }));
    expect(config.getCurrentCluster()).toMatchObject({ server: 'https://near:6443' });
    expect(config.getCurrentUser()).toMatchObject({ name: 'ann', token: 't' });
    expect(config.getContextObject('work')?.namespace).toBe('team-a');
  });

  it('can each be chosen instead', () => {
    const config = kubeConfigOf(kubeconfig({}), { cluster: 'far', user: 'admin' });
    expect(config.getCurrentCluster()?.server).toBe('https://far');
    expect(config.getCurrentUser()?.token).toBe('root');
    expect(kubeConfigOf(kubeconfig({}), { context: 'nobody' }).getCurrentUser()?.token).toBeUndefined();
  });

  it.each([
    [{ context: 'home' }, 'no context "home"; it has "nobody", "work"'],
    [{ cluster: 'mars' }, 'no cluster "mars"; it has "far", "near"'],
    [{ user: 'eve' }, 'no user "eve"; it has "admin", "ann"'],
  ])('that are not there are named, with those that are: %j', (choice, says) => {
    expect(() => kubeConfigOf(kubeconfig({}), choice)).toThrow(says);
  });

  it('trust the data where a file stands beside it', () => {
    const config = kubeConfigOf(
      kubeconfig({}, { 'certificate-authority': 'ca.crt', 'certificate-authority-data': ca }),
    );
    expect(config.getCurrentCluster()).toMatchObject({ caData: ca });
    expect(config.getCurrentCluster()).not.toHaveProperty('caFile');
  });

  it('sign in by the token file where a token stands beside it', () => {
    const user = userOf({ token: 'old', tokenFile: 'token' });
    expect(user).toMatchObject({ authProvider: { config: { tokenFile: '/home/ann/token' } } });
    expect(user).not.toHaveProperty('token');
  });
});

describe('a user who acts for somebody else', () => {
  it.each([
    { says: 'does not unless told so', user: {}, headers: undefined },
    {
      says: 'does so with all their groups',
      user: { as: 'bob', 'as-groups': ['a', 'b, c'] },
      headers: { 'impersonate-user': 'bob', 'impersonate-group': ['a', 'b, c'] },
    },
    {
      says: 'does so as the command line says, whatever the file says',
      user: { as: 'bob', 'as-groups': ['a'] },
      choice: { as: 'carol', asGroups: ['b'] },
      headers: { 'impersonate-user': 'carol', 'impersonate-group': ['b'] },
    },
    {
      says: 'keeps uid and extra fields',
      user: { as: 'bob', 'as-uid': '7', 'as-user-extra': { 'Example.com/x': ['1'] } },
      headers: {
        'impersonate-user': 'bob',
        'impersonate-uid': '7',
        'impersonate-extra-example.com%2Fx': ['1'],
      },
    },
    {
      says: 'may have a name of any script',
      user: { as: 'Zoë' },
      headers: { 'impersonate-user': Buffer.from('Zoë').toString('latin1') },
    },
  ])('$says', ({ user, choice, headers }) => {
    expect(userOf(user, choice)?.impersonation).toEqual(headers);
  });

  it('for a group alone is refused', () => {
    expect(() => userOf({}, { asGroups: ['a'] })).toThrow('name a user as well (--as, as)');
  });
});
