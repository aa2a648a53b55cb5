/** Two networks with a cable between them, for tests in which a machine vanishes. Linux, without any rights of root. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { ableOrSkip, allowsNamespaces } from './abilities.ts';
import { eventually } from './wait.ts';

/** A command that runs in one of two networks. */
export type InNetwork = (command: readonly string[]) => string[];

export interface Networks {
  /** Address of the near network, as the far one sees it. */
  readonly near: string;
  readonly inNear: InNetwork;
  readonly inFar: InNetwork;
  /** What a URL answers within the near network. */
  ask(url: string): Promise<string>;
  /** Open connections from the near network to the far one, as `ss` prints them. */
  connectionsToFar(): string[];
  /** Pulls the cable: what is sent is lost, and nobody is told. */
  cut(): void;
  remove(): void;
}

const near = '10.99.0.1';
const far = '10.99.0.2';
const enter = (pid: number, command: readonly string[]) => [
  'nsenter',
  `--target=${pid}`,
  '--user',
  '--net',
  '--preserve-credentials',
  ...command,
];

/** Whether networks can be made here. Where they cannot, says which tests did not run; see {@link ableOrSkip}. */
export function networksOrSkip(purpose: string): boolean {
  const script = 'ip link set lo up && ip link add v0 type veth peer name v1 && nsenter --help >/dev/null && ss -Htn';
  const able = spawnSync('unshare', ['--map-root-user', '--net', 'sh', '-c', script]).status === 0;
  const missing = allowsNamespaces
    ? 'networks for tests cannot be made (ip, ss, nsenter or pairs of virtual interfaces are missing)'
    : 'this system lets ordinary programs have no network of their own';
  return ableOrSkip(able, missing, purpose, allowsNamespaces);
}

export async function createNetworks(): Promise<Networks> {
  const script = `set -e
    ip link set lo up
    ip link add v0 type veth peer name v1
    ip addr add ${near}/24 dev v0
    ip link set v0 up
    unshare --net sleep 3600 &
    echo "far $!"
    read -r _
    ip link set v1 netns $!
    echo ready
    read -r _ || true
    kill $!`;
  const holder: ChildProcess = spawn('unshare', ['--map-root-user', '--net', 'sh', '-c', script], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let said = '';
  holder.stdout?.on('data', (chunk) => {
    said += String(chunk);
  });
  const found = await eventually('the networks', () => /far (\d+)/.exec(said));
  const nearPid = holder.pid as number;
  const farPid = Number(found[1]);
  const run = (pid: number, command: string): boolean => {
    const [program = '', ...args] = enter(pid, ['sh', '-c', command]);
    return spawnSync(program, args).status === 0;
  };
  // Until it has a network of its own, the other process would show ours.
  const own = () => run(farPid, '! ip link show v0');
  await eventually('the far network', own);
  holder.stdin?.write('go\n');
  await eventually('the cable', () => said.includes('ready'));
  run(farPid, `ip link set lo up && ip addr add ${far}/24 dev v1 && ip link set v1 up`);
  const inNear: InNetwork = (command) => enter(nearPid, command);
  return {
    near,
    inNear,
    inFar: (command) => enter(farPid, command),
    ask: (url) => output(inNear([process.execPath, '--input-type=module', '-e', askScript, url])),
    connectionsToFar() {
      const [program = '', ...args] = inNear(['ss', '-Htn', 'state', 'established']);
      const lines = spawnSync(program, args, { encoding: 'utf8' }).stdout.split('\n');
      return lines.filter((line) => line.includes(far));
    },
    cut: () => void run(farPid, 'ip link set v1 down'),
    remove: () => void holder.stdin?.end(),
  };
}

const askScript = 'console.log(await (await fetch(process.argv[1])).text());';

/** Runs a command to its end. @returns what it printed */
function output([file = '', ...args]: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'ignore'] });
    let said = '';
    child.stdout.on('data', (chunk) => {
      said += String(chunk);
    });
    child.on('error', reject).on('close', () => resolve(said));
  });
}

/** Keeps a stream open from one of the networks. */
export function startListening(inNetwork: InNetwork, url: string, authorization: string) {
  const script = `
    const response = await fetch(process.argv[1], { headers: { authorization: process.argv[2] } });
    for await (const piece of response.body) process.stdout.write(piece);`;
  const command = inNetwork([process.execPath, '--input-type=module', '-e', script, url, authorization]);
  const child = spawn(command[0] as string, command.slice(1), { stdio: ['ignore', 'pipe', 'ignore'] });
  let said = '';
  child.stdout.on('data', (chunk) => {
    said += String(chunk);
  });
  return { said: () => said, stop: () => void child.kill('SIGKILL') };
}
