import { noteLauncher } from './launcher.ts';
import { run } from './run.ts';

noteLauncher(process.env);
void run(process.argv.slice(2), process.env);
