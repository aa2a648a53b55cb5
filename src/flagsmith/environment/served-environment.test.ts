import { describe, expect, it } from 'vitest';
import { e2eDocument } from '../../../test/flagsmith/api.ts';
import { finish } from '../../flags/steps.ts';
import type { Scalar } from '../json/value.ts';
import { EnvironmentRegistry } from './registry.ts';
import { loadEnvironment, type ServedEnvironment } from './served-environment.ts';

const text = (bytes: Uint8Array | undefined) => new TextDecoder().decode(bytes);

function load(text: string, details = false): ServedEnvironment {
  const { environment } = finish(loadEnvironment([text], { mode: 'proxy', details }));
  if (environment === null) throw new Error('the document was refused');
  return environment;
}

describe('a served environment', () => {
  const environment = load(e2eDocument());
  const flagsOf = (identifier: string, traits: [string, Scalar][] = []) =>
    text(environment.identityFlags('client', environment.identity(identifier, traits)));

  it('writes the same list from settled and from open pieces', () => {
    // an identity override opens every feature, so the two ways of writing meet here
    const plain = JSON.parse(flagsOf('bob', [['tier', 'tin']]));
    const overridden = JSON.parse(flagsOf('mvuser', [['tier', 'tin']]));
    const names = (flags: { feature: { name: string } }[]) => flags.map(({ feature }) => feature.name);
    expect(names(overridden)).toEqual(names(plain));
    const others = (flags: { feature: { name: string } }[]) => flags.filter(({ feature }) => feature.name !== 'mv');
    expect(others(overridden)).toEqual(others(plain));
  });

  it('writes values exactly', () => {
    expect(text(environment.flag('server', 'big'))).toContain('"feature_state_value":9007199254740993}');
    expect(text(environment.flag('server', 'flt'))).toContain('"feature_state_value":1.0}');
    expect(text(environment.flag('server', 'unicode é/☃'))).toContain('"feature_state_value":"é☃"}');
    expect(environment.flag('client', 'srv')).toBeUndefined();
  });

  it('tells variant and reason where asked for', () => {
    const detailed = load(e2eDocument(), true);
    const flags = JSON.parse(text(detailed.identityFlags('client', detailed.identity('alice', []))));
    expect(flags.find((flag: { feature: { name: string } }) => flag.feature.name === 'mv')).toMatchObject({
      variant: null,
      reason: 'SPLIT; weight=30.5',
    });
    expect(flags[0].reason).toBe('TARGETING_MATCH; segment=identity_overrides');
  });

  it('gives the answers themselves', () => {
    const own = environment.outcomes('client', null);
    expect([...own.keys()]).toEqual(['str', 'int', 'bool', 'nul', 'flt', 'mv', 'unicode é/☃', 'big', 'empty']);
    expect(own.get('int')).toMatchObject({ value: 999, reason: 'TARGETING_MATCH; segment=no_trait' });
    const alice = environment.outcomes('server', environment.identity('alice', []));
    expect(alice.get('str')).toMatchObject({ value: 'alice!', variant: null });
    expect(alice.get('mv')).toMatchObject({ value: 'B', reason: 'SPLIT; weight=30.5' });
    const core = finish(loadEnvironment([e2eDocument()], { mode: 'core', details: false })).environment;
    expect(core?.outcomes('client', null).get('int')).toMatchObject({ value: 1234, reason: 'DEFAULT' });
  });

  it('reports conditions that can never hold, and serves the rest', () => {
    const document = e2eDocument().replace('"operator":"EQUAL","value":"gold"', '"operator":"REGEX","value":"["');
    const { environment: served, issues } = finish(loadEnvironment([document], { mode: 'proxy', details: false }));
    expect(issues).toHaveLength(1);
    expect(issues[0]).toMatchObject({ code: 'regex.invalid', where: 'segment 11 "vips", condition on "tier"' });
    expect(JSON.parse(text(served?.flag('client', 'str'))).feature_state_value).toBe('foo');
  });

  it('without any feature is an empty list', () => {
    const empty = load('{"api_key":"c","project":{"segments":[]},"feature_states":[]}');
    expect(text(empty.flags('client').bytes)).toBe('[]');
    expect(text(empty.identityFlags('server', empty.identity('a', [])))).toBe('[]');
  });
});

describe('the registry', () => {
  it('finds environments by the keys they have now', () => {
    const registry = new EnvironmentRegistry(() => 0);
    registry.register({ clientKey: 'c', serverKeys: ['ser.a', 'ser.b'] });
    expect(registry.find('ser.b')).toMatchObject({ kind: 'server', registered: { clientKey: 'c' } });
    expect(registry.find('c')?.kind).toBe('client');
    registry.register({ clientKey: 'c', serverKeys: ['ser.b'] });
    expect(registry.find('ser.a')).toBeUndefined();
    registry.remove('c');
    expect([registry.find('c'), registry.find('ser.b'), registry.size]).toEqual([undefined, undefined, 0]);
  });

  it('goes by the prefix alone', () => {
    const registry = new EnvironmentRegistry(() => 0);
    registry.register({ clientKey: 'ser.c', serverKeys: ['ser.c'] });
    registry.register({ clientKey: 'd', serverKeys: ['xxserver'] });
    expect(registry.find('ser.c')?.kind).toBe('server');
    expect(registry.find('xxserver')).toBeUndefined();
  });
});
