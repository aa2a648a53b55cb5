// `npm start`: installs what is missing and runs Halyard. Arguments go through: `npm start -- proxy`.
import { setUp } from './lib/set-up.mjs';

// The shell that npm starts this in dies of a signal without passing it on: Halyard stops when the shell is gone.
if (process.env.npm_lifecycle_event !== undefined) process.env.HALYARD_LAUNCHER = String(process.ppid);
setUp();
await import('../bin/halyard.mjs');
