import { expect, test } from 'vitest';
import { webAddress } from './webaddress.ts';

test.each([
  ['https://ci.example.com/builds/7?tab=log#end', 'https://ci.example.com/builds/7?tab=log#end'],
  ['HTTP://CI.example.com', 'http://ci.example.com/'],
  ['https://exаmple.com/', 'https://xn--exmple-4nf.com/'],
  ['https://ci.example.com/a b', undefined],
  ['see https://ci.example.com', undefined],
  ['https://bank.example@evil.example/', undefined],
  ['https://ci.example.com/\u202egnp', undefined],
  ['javascript:alert(1)', undefined],
  ['data:text/html,x', undefined],
  ['//evil.example', undefined],
  ['https://', undefined],
  [`https://ci.example.com/${'a'.repeat(1024)}`, undefined],
  ['', undefined],
])('%j is the address %j', (text, address) => {
  expect(webAddress(text)).toBe(address);
});
