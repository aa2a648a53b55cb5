// Puts the upstream and the subjects of the Flagsmith benchmark on their cores.
import { fileURLToPath } from 'node:url';
import { startPinned } from '../lib/child.mjs';
import { freePort, untilOk } from '../lib/http.mjs';
import { flagsPath, headersOf } from './workloads.mjs';

const script = fileURLToPath(new URL('upstream.mjs', import.meta.url));

/** Starts the core API with `versions` changes to come; `large` is a name of large-documents.mjs. */
export async function startUpstream(profile, { versions = 0, large = '', core }) {
  const port = await freePort();
  const args = [script, profile, versions, port, large].map(String);
  const child = startPinned({ name: 'upstream', command: process.execPath, args, core });
  await untilOk(child, `http://127.0.0.1:${port}/version`);
  return { port, stop: child.stop };
}

/** Starts a subject; resolves after its first 200. */
export async function startSubject(subject, { dataset, upstreamPort, replies, core, cwd }) {
  const port = await freePort();
  const launch = subject.launch({ port, upstreamPort, dataset, replies });
  const child = startPinned({ name: subject.id, core, cwd, ...launch });
  await untilOk(child, `http://127.0.0.1:${port}${flagsPath}`, headersOf(dataset));
  return { subject, child, port, stop: child.stop };
}
