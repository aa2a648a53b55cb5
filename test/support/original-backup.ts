/** State that the real Unleash Edge 19.15.1 wrote, and what it answered with it: `test/data/edge-19.15.1-backup`. */
import { cp, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { RawRequest } from './http.ts';
import type { Server } from './server.ts';
import { repositoryRoot } from './subjects.ts';

export const originalBackup = join(repositoryRoot, 'test/data/edge-19.15.1-backup');
export const stateFiles = ['unleash_tokens.json', 'unleash_features.json'] as const;

export interface RecordedAnswer {
  readonly request: Pick<RawRequest, 'path' | 'headers'>;
  readonly status: number;
  /** Parsed where the original's spelling of definitions is its own; else the text. */
  readonly body: unknown;
}

export const tokens = {
  client: '*:development.client-backup-1',
  frontend: '*:development.frontend-backup-1',
  narrow: 'p2:development.frontend-backup-2',
  other: '*:production.client-backup-3',
} as const;

/** What is asked of whoever has the state. */
export const questions: readonly RecordedAnswer['request'][] = [
  ...[tokens.frontend, tokens.narrow].flatMap((authorization) =>
    ['', '/all'].flatMap((list) =>
      ['?sessionId=9', '?userId=7', '?userId=alice&properties[region]=eu', '?sessionId=s&appName=web'].map((query) => ({
        path: `/api/frontend${list}${query}`,
        headers: { authorization },
      })),
    ),
  ),
  { path: '/api/frontend/features/rollout?userId=7', headers: { authorization: tokens.frontend } },
  { path: '/api/client/features/rollout', headers: { authorization: tokens.client } },
  { path: '/api/client/features', headers: { authorization: tokens.client } },
  { path: '/api/client/features', headers: { authorization: tokens.other } },
  { path: '/api/client/features', headers: { authorization: tokens.frontend } },
  { path: '/internal-backstage/ready', headers: {} },
];

export async function copyOriginalBackup(folder: string): Promise<void> {
  for (const name of stateFiles) await cp(join(originalBackup, name), join(folder, name));
}

export async function recordedAnswers(): Promise<readonly RecordedAnswer[]> {
  return JSON.parse(await readFile(join(originalBackup, 'answers.json'), 'utf8')) as RecordedAnswer[];
}

/** Asks everything and keeps what can be compared. Flags of the client API are in the order of their names. */
export async function answersOf(server: Server): Promise<RecordedAnswer[]> {
  const answers: RecordedAnswer[] = [];
  for (const request of questions) {
    const { status, text } = await server.get(request.path, request.headers as Record<string, string>);
    answers.push({ request, status, body: comparableBody(request.path, text) });
  }
  return answers;
}

function comparableBody(path: string, text: string): unknown {
  if (path !== '/api/client/features' || !text.startsWith('{"version"')) return text;
  const body = JSON.parse(text) as { features: { name: string }[] };
  return { ...body, features: body.features.sort((a, b) => (a.name < b.name ? -1 : 1)) };
}

/** Definitions are compared by what they hold, everything else by its text. */
export function expectSameAnswers(got: readonly RecordedAnswer[], wanted: readonly RecordedAnswer[]): void {
  expect(got).toHaveLength(wanted.length);
  for (const [i, answer] of got.entries()) {
    const { request, status, body } = wanted[i] as RecordedAnswer;
    expect(answer.request).toEqual(request);
    expect(answer.status, request.path).toBe(status);
    const isDefinition = request.path.startsWith('/api/client/features/');
    if (isDefinition) expect(JSON.parse(answer.body as string)).toEqual(JSON.parse(body as string));
    else expect(answer.body, request.path).toEqual(body);
  }
}
