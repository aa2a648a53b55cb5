// `npm start`: installs what is missing and runs Halyard. Arguments go through: `npm start -- proxy`.
import { setUp } from './lib/set-up.mjs';

setUp();
await import('../bin/halyard.mjs');
