import { describe, expect, test } from 'vitest';
import { parseBracketQuery } from './bracket-query.ts';

describe('parseBracketQuery', () => {
  test.each<[string, object]>([
    ['userId=7&region=eu', { userId: '7', region: 'eu' }],
    ['properties[a]=1&properties%5Bb%5D=2', { properties: { a: '1', b: '2' } }],
    ['properties%5ba%5d=1', { 'properties[a]': '1' }],
    ['[userId]=alice', { userId: 'alice' }],
    ['userId[=alice', { userId: { '=alice': '' } }],
    ['userId[]=a', { userId: null }],
    ['userId[0]=a&userId[1]=b', { userId: null }],
    ['a[b][c]=d', { a: { b: { c: 'd' } } }],
    ['=value', { '=value': '' }],
    ['x&&y=', { x: '', y: '' }],
    ['a=b+c%20d%zz', { a: 'b c d%zz' }],
    ['a=%FF', { a: '\ufffd' }],
    ['a=1&[]=x', {}],
    ['__proto__=x', { ['__proto__']: 'x' }],
  ])('%s', (query, expected) => {
    expect(JSON.parse(JSON.stringify(parseBracketQuery(query)))).toEqual(JSON.parse(JSON.stringify(expected)));
  });

  test.each([
    ['userId=1&userId=2', 'Multiple values for one key: "userId"'],
    ['userId=1&userId[x]=2', 'Attempted to insert map value into non-map structure'],
    ['userId=1&userId[]=2', 'Attempted to insert seq value into non-seq structure'],
    ['a[b]=1&a[b]=2', 'Multiple values for one key: "b"'],
    ['a[', 'query string ended before expected'],
    ['a[][b]=1', 'non-indexed sequence of structs not supported'],
    ['a[0x]=1', 'invalid digit found in string'],
  ])('%s is refused', (query, message) => expect(() => parseBracketQuery(query)).toThrow(message));
});
