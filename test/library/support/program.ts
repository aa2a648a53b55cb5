/** The packaged program, or a script of a user's project, as a child process that serves. */
import { spawn } from 'node:child_process';
import { type RawRequest, type RawResponse, send } from '../../support/http.ts';
import { freePort } from '../../support/ports.ts';
import { eventually } from '../../support/wait.ts';
import { type Runtime, runtimePath } from './project.ts';

export interface Program {
  readonly port: number;
  request(request: RawRequest): Promise<RawResponse>;
  get(path: string, headers?: Record<string, string>): Promise<RawResponse>;
  stdout(): string;
  stderr(): string;
  /** The exit code, or the signal's name. */
  readonly exit: Promise<number | string>;
  /** Ends it with SIGTERM. */
  stop(): Promise<number | string>;
}

export interface ProgramOptions {
  readonly directory: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Waits for an answer from this path; null waits for nothing. */
  readonly until?: string | null;
  /** The answer's status: 200 unless told. */
  readonly status?: number;
}

/** Starts it with `PORT` set to a free one. */
export async function startProgram(
  runtime: Runtime,
  args: readonly string[],
  { directory, env = {}, until = '/proxy/health', status = 200 }: ProgramOptions,
): Promise<Program> {
  const port = await freePort();
  const child = spawn(runtimePath(runtime), [...args], {
    cwd: directory,
    env: {
      PATH: process.env.PATH ?? '',
      HOME: directory,
      TMPDIR: directory,
      PORT: String(port),
      HALYARD_RUNTIME: runtime === 'bun' ? 'bun' : 'node',
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  let ended = false;
  const exit = new Promise<number | string>((resolve) => {
    child.once('close', (code, signal) => {
      ended = true;
      resolve(code ?? signal ?? -1);
    });
  });
  const request = (raw: RawRequest) => send(port, raw);
  const program: Program = {
    port,
    request,
    get: (path, headers = {}) => request({ path, headers }),
    stdout: () => stdout,
    stderr: () => stderr,
    exit,
    stop: async () => {
      if (!ended) child.kill('SIGTERM');
      const hard = setTimeout(() => child.kill('SIGKILL'), 60_000);
      const outcome = await exit;
      clearTimeout(hard);
      return outcome;
    },
  };
  if (until !== null) {
    await eventually(`an answer at ${until}`, async () => {
      if (ended) return true;
      return (await program.get(until)).status === status;
    }).catch(async (error) => {
      await program.stop();
      throw error;
    });
    if (ended) throw new Error(`it ended with ${await exit}\nstdout: ${stdout}\nstderr: ${stderr}`);
  }
  return program;
}
