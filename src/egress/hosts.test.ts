import { describe, expect, it } from 'vitest';
import { exceptedHosts, hostOf, isHostEntry, isLoopback, namedHosts } from './hosts.ts';

describe('a list of hosts', () => {
  it.each([
    ['chat.example.com', 'chat.example.com', 443, true],
    ['chat.example.com', 'chat.example.com', 8443, true],
    ['Chat.Example.COM.', 'chat.example.com', 443, true],
    ['chat.example.com', 'a.chat.example.com', 443, false],
    ['chat.example.com', 'xchat.example.com', 443, false],
    ['chat.example.com:8443', 'chat.example.com', 8443, true],
    ['chat.example.com:8443', 'chat.example.com', 443, false],
    ['chat.example.com:443', 'chat.example.com', 443, true],
    ['chat.example.com:80', 'chat.example.com', 80, true],
    ['chat.example.com:80', 'chat.example.com', 443, false],
    ['10.1.2.3', '10.1.2.3', 80, true],
    ['10.1.2.3:8080', '10.1.2.3', 80, false],
    ['fd00::1', 'fd00::1', 443, true],
    ['[FD00:0::1]:8443', 'fd00::1', 8443, true],
    ['[fd00::1]:8443', 'fd00::1', 443, false],
    ['bücher.example', 'xn--bcher-kva.example', 443, true],
    ['chat', 'chat', 443, true],
  ])('that has %s speaks of %s at %i: %s', (...[entry, host, port, expected]) => {
    expect(isHostEntry(entry)).toBe(true);
    expect(namedHosts(['other.example.com', entry])(host, port)).toBe(expected);
  });

  it.each([
    '',
    '*',
    '*.example.com',
    '.example.com',
    'https://chat.example.com',
    'chat.example.com/path',
    'ann@chat.example.com',
    'chat.example.com:',
    'chat.example.com:0',
    'chat.example.com:65536',
    'chat.example.com:https',
    '10.0.0.0/8',
    'a b',
    '[fd00::1',
    '[chat.example.com]',
    'fe80::1%eth0',
    'chat%2eexample',
    '256.1.1.1',
  ])('has no entry %j', (entry) => {
    expect(isHostEntry(entry)).toBe(false);
    expect(namedHosts([entry])('chat.example.com', 443)).toBe(false);
  });
});

describe('what NO_PROXY excepts', () => {
  it.each([
    ['*', 'chat.example.com', 443, true],
    ['example.com', 'example.com', 443, true],
    ['example.com', 'chat.example.com', 443, true],
    ['example.com', 'notexample.com', 443, false],
    [' Example.COM ', 'chat.example.com', 443, true],
    ['.example.com', 'chat.example.com', 443, true],
    ['.example.com', 'example.com', 443, false],
    ['*.example.com', 'chat.example.com', 443, true],
    ['*.example.com', 'example.com', 443, false],
    ['.svc', 'chat.team.svc', 443, true],
    ['example.com:8443', 'chat.example.com', 8443, true],
    ['example.com:8443', 'chat.example.com', 443, false],
    ['10.1.2.3', '10.1.2.3', 443, true],
    ['10.1.2.3', '1.10.1.2.3', 443, false],
    ['10.0.0.0/8', '10.9.9.9', 443, true],
    ['10.0.0.0/8', '11.0.0.1', 443, false],
    ['10.0.0.0/8', 'chat.example.com', 443, false],
    ['10.0.0.0/8', '::ffff:a00:1', 443, false],
    ['fd00::/8', 'fd12::1', 443, true],
    ['fd00::/8', '10.0.0.1', 443, false],
    ['::ffff:0:0/96', '10.0.0.1', 443, false],
    ['', 'chat.example.com', 443, false],
    ['10.0.0.0/33', '10.0.0.1', 443, false],
    ['10.0.0.0/x', '10.0.0.1', 443, false],
    ['https://chat.example.com', 'chat.example.com', 443, false],
    ['', 'localhost', 443, true],
    ['', '127.0.0.1', 443, true],
    ['', '::1', 443, true],
  ])('with %j, for %s at %i: %s', (...[entry, host, port, expected]) => {
    expect(exceptedHosts(['other.example.org', entry])(host, port)).toBe(expected);
  });
});

it.each([
  ['localhost', true],
  ['a.localhost', true],
  ['127.1.2.3', true],
  ['::1', true],
  ['localhost.example.com', false],
  ['127.example.com', false],
  ['10.0.0.1', false],
])('whether %s is this machine: %s', (host, expected) => {
  expect(isLoopback(host)).toBe(expected);
});

it.each([
  ['https://Chat.Example.com./', 'chat.example.com'],
  ['https://[FD00::1]/', 'fd00::1'],
  ['https://0x7f.1/', '127.0.0.1'],
])('the host of %s is %s', (url, host) => {
  expect(hostOf(new URL(url))).toBe(host);
});
