/**
 * Deep import of the original with its side effect: `node …/dist/start.js` starts the server from the environment. It
 * runs without Express and stops cleanly on SIGTERM.
 */
import { run } from './cli/run.ts';

void run(['proxy'], process.env);
