/** A Halyard that starts on the backup folder of a real Unleash Edge 19.15.1, with upstream away. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import {
  answersOf,
  copyOriginalBackup,
  expectSameAnswers,
  questions,
  recordedAnswers,
  tokens,
} from '../support/original-backup.ts';
import { freePort } from '../support/ports.ts';
import { startServer } from '../support/server.ts';
import { halyards } from '../support/subjects.ts';
import { eventually } from '../support/wait.ts';

test.each(halyards())('answers what the original answered: %s', async (subject) => {
  const folder = await mkdtemp(join(tmpdir(), 'halyard-backup-'));
  try {
    await copyOriginalBackup(folder);
    const env = {
      UPSTREAM_URL: `http://127.0.0.1:${await freePort()}`,
      TOKENS: `${tokens.client},${tokens.other}`,
      STRICT: 'true',
      BACKUP_FOLDER: folder,
    };
    const server = await startServer(subject, { args: ['edge'], env, waitFor: 'nothing' });
    try {
      await eventually('Edge to listen', () => server.stdout().includes('is listening'));
      const wanted = await recordedAnswers();
      expect(wanted.map(({ request }) => request)).toEqual(questions);
      expect(new Set(wanted.map(({ status }) => status))).toEqual(new Set([200, 403]));
      expectSameAnswers(await answersOf(server), wanted);
    } finally {
      await server.stop();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
