/** Starts a subject as a child process with a clean environment and temporary directory, and waits until it answers. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type RawRequest, type RawResponse, send } from './http.ts';
import { freePort } from './ports.ts';
import { type Command, isHalyard, libraryCommand, programCommand, type Subject } from './subjects.ts';
import { eventually } from './wait.ts';

export interface StartOptions {
  /** The proxy's own variables. Nothing but these, PATH, HOME and TMPDIR is in the child's environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** Options given in code instead of the ordinary program. More than one: several proxies in one process. */
  readonly options?: Readonly<Record<string, unknown>> | readonly Readonly<Record<string, unknown>>[];
  /** CommonJS module whose exports are added to the options. Needs `options`. */
  readonly optionsModule?: string;
  /** Address for the original to listen on. Halyard as a program listens where it does by default. */
  readonly host?: '127.0.0.1' | '::';
  /** Run the original's `dist/start.js` itself, on all interfaces, rather than on `host`. */
  readonly asProgram?: boolean;
  /** Another program in place of the subject's own. */
  readonly command?: Command;
  /** Arguments of Halyard's command. */
  readonly args?: readonly string[];
  /** `ready` waits for a 200 from health, `listening` for any answer, `nothing` for nothing. */
  readonly waitFor?: 'ready' | 'listening' | 'nothing';
  /** Set when PROXY_BASE_PATH is. */
  readonly basePath?: string;
  readonly startTimeoutMs?: number;
  readonly port?: number;
  /** A directory to use as TMPDIR and working directory, kept afterwards; a fresh one when absent. */
  readonly directory?: string;
}

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface Server {
  readonly subject: Subject;
  readonly port: number;
  /** Ports of all proxies of the process, when several were asked for. */
  readonly ports: readonly number[];
  readonly directory: string;
  readonly pid: number;
  request(request: RawRequest): Promise<RawResponse>;
  get(path: string, headers?: Record<string, string>): Promise<RawResponse>;
  postJson(path: string, body: unknown, headers?: Record<string, string>): Promise<RawResponse>;
  stdout(): string;
  stderr(): string;
  alive(): boolean;
  readonly exit: Promise<Exit>;
  /** Ends the process with SIGTERM and removes its directory. Halyard must exit with 0 unless it is already gone. */
  stop(): Promise<Exit>;
}

export async function startServer(subject: Subject, options: StartOptions = {}): Promise<Server> {
  const directory = options.directory ?? (await mkdtemp(join(tmpdir(), 'halyard-test-')));
  const apps = options.options === undefined ? [] : [options.options].flat();
  const count = Math.max(1, apps.length);
  const ports: number[] = [];
  for (let i = 0; i < count; i++) ports.push(i === 0 && options.port !== undefined ? options.port : await freePort());
  const port = ports[0]!;
  const command = commandFor(subject, options, apps, ports);
  const child = spawn(command.file, [...command.args], {
    cwd: directory,
    env: {
      PATH: process.env.PATH ?? '',
      HOME: directory,
      TMPDIR: directory,
      PORT: String(port),
      // Any test of a program can be run with several processes.
      ...(process.env.HALYARD_TEST_WORKERS && { WORKERS: process.env.HALYARD_TEST_WORKERS }),
      ...command.env,
      ...options.env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const server = wrap(subject, child, ports, directory, options.directory === undefined);
  try {
    await waitUntil(server, options);
  } catch (error) {
    child.kill('SIGKILL');
    if (options.directory === undefined) await rm(directory, { recursive: true, force: true });
    throw new Error(`${subject} did not start\nstdout: ${server.stdout()}\nstderr: ${server.stderr()}`, {
      cause: error,
    });
  }
  return server;
}

function commandFor(
  subject: Subject,
  options: StartOptions,
  apps: readonly Readonly<Record<string, unknown>>[],
  ports: readonly number[],
): Command {
  if (options.command) return options.command;
  const inCode = apps.length > 0 || (subject === 'real' && !options.asProgram);
  if (!inCode) return programCommand(subject, options.args ?? []);
  const command = libraryCommand(subject);
  const host = options.host ?? '127.0.0.1';
  const list = (apps.length > 0 ? apps : [{}]).map((app, i) => ({ options: app, port: ports[i], host }));
  const env: Record<string, string> = { ...command.env, TEST_SUBJECT: subject, TEST_APPS: JSON.stringify(list) };
  if (options.optionsModule) env.TEST_OPTIONS_MODULE = options.optionsModule;
  return { ...command, env };
}

function wrap(
  subject: Subject,
  child: ChildProcess,
  ports: readonly number[],
  directory: string,
  temporary: boolean,
): Server {
  let stdout = '';
  let stderr = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const exit = new Promise<Exit>((resolve) => {
    child.once('error', (error) => {
      stderr += String(error);
      resolve({ code: -1, signal: null });
    });
    child.once('close', (code, signal) => resolve({ code, signal }));
  });
  const alive = () => child.exitCode === null && child.signalCode === null && child.pid !== undefined;
  const request = (raw: RawRequest) => send(ports[0]!, raw);
  return {
    subject,
    port: ports[0]!,
    ports,
    directory,
    pid: child.pid ?? -1,
    request,
    get: (path, headers = {}) => request({ path, headers }),
    postJson: (path, body, headers = {}) =>
      request({
        method: 'POST',
        path,
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify(body),
      }),
    stdout: () => stdout,
    stderr: () => stderr,
    alive,
    exit,
    stop: async () => {
      const wasAlive = alive();
      if (wasAlive) child.kill('SIGTERM');
      const hard = setTimeout(() => child.kill('SIGKILL'), 60_000);
      const done = await exit;
      clearTimeout(hard);
      if (temporary) await rm(directory, { recursive: true, force: true, maxRetries: 5 });
      if (wasAlive && isHalyard(subject) && done.code !== 0) {
        throw new Error(`${subject} ended with ${JSON.stringify(done)} on SIGTERM, not with 0\n${stdout}\n${stderr}`);
      }
      return done;
    },
  };
}

async function waitUntil(server: Server, options: StartOptions): Promise<void> {
  const { waitFor = 'ready', basePath = '', startTimeoutMs = 60_000 } = options;
  if (waitFor === 'nothing') return;
  for (const port of server.ports) {
    const ended = server.exit.then(({ code, signal }) => {
      throw new Error(`the process ended with ${code ?? signal}`);
    });
    const answered = eventually(
      `${server.subject} to be ${waitFor}`,
      async () => {
        // Nobody asks a port that somebody else may have by now.
        if (!server.alive()) return ended;
        const { status } = await send(port, { path: `${basePath}/proxy/health`, timeoutMs: 10_000 });
        return waitFor === 'listening' || status === 200;
      },
      startTimeoutMs,
    );
    await Promise.race([answered, ended]);
  }
}
