/** A copy of the built program, as a package has it, whose demo serves flags of the test's own. */
import { cp, mkdir, rename, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Command, repositoryRoot, runsOnBun, type Subject } from '../../support/subjects.ts';

export interface DemoCopy {
  readonly command: Command;
  /** Puts other flags into the demo's file. */
  write(document: object): Promise<void>;
}

/** Copies what is needed into an empty folder. The single binary carries its flags inside, and has no copy: undefined. */
export async function copyDemo(subject: Subject, folder: string, document: object): Promise<DemoCopy | undefined> {
  if (subject === 'halyard-binary') return undefined;
  for (const name of ['bin', 'dist', 'page', 'package.json']) {
    await cp(join(repositoryRoot, name), join(folder, name), { recursive: true });
  }
  await symlink(join(repositoryRoot, 'node_modules'), join(folder, 'node_modules'));
  await mkdir(join(folder, 'demo'));
  const file = join(folder, 'demo/flags.json');
  const write = async (flags: object) => {
    await writeFile(`${file}.new`, JSON.stringify(flags));
    await rename(`${file}.new`, file);
  };
  await write(document);
  return {
    command: {
      file: process.execPath,
      args: [join(folder, 'bin/halyard.mjs')],
      env: { HALYARD_RUNTIME: runsOnBun(subject) ? 'bun' : 'node' },
    },
    write,
  };
}
