// Loaded before a program (on Bun by BUN_OPTIONS, on Node by NODE_OPTIONS): tells whoever connects to
// TEST_MEMORY_DIRECTORY/PID what is alive in the heap after everything else was collected.
const { createServer } = require('node:net');
const { join } = require('node:path');

const onBun = typeof Bun !== 'undefined';
const collect = onBun ? () => Bun.gc(true) : collectorOfNode();

createServer((socket) => {
  socket.on('error', () => undefined);
  collect();
  // What was to be closed or finalized lets go of more.
  setTimeout(() => {
    collect();
    socket.end(JSON.stringify({ runtime: onBun ? 'bun' : 'node', bytes: liveBytes() }));
  }, 20);
})
  .listen(join(process.env.TEST_MEMORY_DIRECTORY, String(process.pid)))
  .unref();

function collectorOfNode() {
  require('node:v8').setFlagsFromString('--expose-gc');
  return require('node:vm').runInNewContext('gc');
}

/** Without buffers on Bun: connections and replies that are written anew have some, for a while. */
function liveBytes() {
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return onBun ? heapUsed - arrayBuffers : heapUsed;
}
