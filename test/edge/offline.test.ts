import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { OfflineAuthorizer } from '../../src/unleash/edge/api/authorizer.ts';
import { readBootstrapFile } from '../../src/unleash/edge/offline/bootstrap.ts';
import { offlineTokens } from '../../src/unleash/edge/offline/tokens.ts';
import { edgeVectors } from '../support/edge-vectors.ts';
import { startServer } from '../support/server.ts';

describe('auth_matrix_offline_mode', () => {
  interface Row {
    readonly list: 'tokens' | 'client-tokens' | 'frontend-tokens' | null;
    readonly token?: string;
    readonly path: string;
    readonly '19.x'?: number;
    readonly '19.x>=19.6.3'?: number;
    readonly code?: number;
  }
  test.each(edgeVectors<Row[]>('auth_matrix_offline_mode'))('%j', async (row) => {
    const token = row.token ?? '*:development.secret';
    const given = (list: string) => (row.list === list ? [token] : []);
    const authorizer = new OfflineAuthorizer(
      offlineTokens({
        tokens: given('tokens'),
        clientTokens: given('client-tokens'),
        frontendTokens: given('frontend-tokens'),
      }),
    );
    const pathClass = row.path.startsWith('/api/client') ? 'client' : 'frontend';
    const { refusal } = authorizer.authorize(token, pathClass);
    expect(refusal?.status ?? 200).toBe(row.code ?? row['19.x>=19.6.3'] ?? row['19.x']);
    expect(authorizer.authorize(undefined, pathClass).refusal?.status).toBe(403);
  });
});

describe('offline_bootstrap', () => {
  interface Row {
    readonly file: unknown;
    readonly as?: 'simple' | 'full';
    readonly version?: number;
    readonly projects?: readonly string[];
    readonly variant_defaults?: object;
    readonly strategies?: readonly string[];
    readonly error?: string;
  }
  test.each(edgeVectors<Row[]>('offline_bootstrap'))('%j', async (row) => {
    if (row.error !== undefined) {
      const folder = await mkdtemp(join(tmpdir(), 'halyard-bootstrap-'));
      const file = join(folder, 'flags.json');
      await writeFile(file, String(row.file));
      const run = await startServer('halyard-node', {
        args: ['offline', '-b', file, '-c', 'a:b.c'],
        waitFor: 'nothing',
      });
      expect((await run.exit).code).toBe(1);
      expect(run.stderr()).toContain(file);
      await run.stop();
      await rm(folder, { recursive: true });
      return;
    }
    const { version, features } = readBootstrapFile(row.file);
    expect(version).toBe(row.version ?? 2);
    if (row.as === 'full') expect(features).toEqual([]);
    for (const feature of features) {
      expect(row.projects).toContain(feature.project);
      const { strategies, variants } = feature.parse() as { strategies?: { name: string }[]; variants?: object[] };
      expect(strategies?.map(({ name }) => name)).toEqual(row.strategies);
      const { variant } = (row.file as Record<string, { variant?: string }>)[feature.name] ?? {};
      expect(variants).toEqual(variant === undefined ? undefined : [{ name: variant, ...row.variant_defaults }]);
    }
  });
});

test('validate_endpoint: offline returns those that are configured', async () => {
  const rows =
    edgeVectors<{ mode: string; cached?: string[]; in?: string[]; returned?: number }[]>('validate_endpoint');
  for (const row of rows.filter(({ mode }) => mode === 'offline')) {
    const tokens = offlineTokens({ tokens: [], clientTokens: row.cached ?? [], frontendTokens: [] });
    const valid = await new OfflineAuthorizer(tokens).valid(row.in ?? []);
    expect(valid).toHaveLength(row.returned ?? 0);
    expect(valid[0]).toMatchObject({ type: 'client' });
  }
});
