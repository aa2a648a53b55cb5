// Who is measured with Flagsmith's API. The same idea as bench/subjects.mjs: a subject tells how it is started.
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bunBinary } from '../../bin/bun.mjs';
import { keys } from '../flagsmith-datasets.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** The settings of the original: a drop-in replacement is measured with them. */
const settings = ({ port, upstreamPort, dataset }) => ({
  NODE_ENV: 'production',
  ENVIRONMENT_KEY_PAIRS: JSON.stringify([
    { server_side_key: keys(dataset).server, client_side_key: keys(dataset).client },
  ]),
  API_URL: `http://127.0.0.1:${upstreamPort}/api/v1`,
  API_POLL_FREQUENCY_SECONDS: '1',
  LOGGING: '{"log_level":"WARNING"}',
  SERVER: JSON.stringify({ host: '127.0.0.1', port }),
});

const halyard = (runtime) => (where) => ({
  command: process.execPath,
  args: [join(root, 'bin', 'halyard.mjs'), 'flagsmith'],
  env: { ...settings(where), HALYARD_RUNTIME: runtime },
});

export const subjects = [
  { id: 'halyard-bun', title: 'Halyard on Bun', launch: halyard('bun') },
  { id: 'halyard-node', title: 'Halyard on Node', launch: halyard('node') },
  {
    id: 'bare',
    title: 'bare Bun.serve, same bytes',
    limit: true,
    launch: ({ port, replies }) => ({
      command: bunBinary(),
      args: [join(root, 'bench', 'flagsmith', 'bare-server.mjs'), String(port), replies],
      env: { NODE_ENV: 'production' },
    }),
  },
];

export const titleOf = (id) => subjects.find((subject) => subject.id === id).title;
