import type { Fleet } from '../../fleet/fleet.ts';
import { proxyServiceIn } from '../../fleet/proxy.ts';
import type { IProxyConfig } from '../../unleash/proxy/config-types.ts';
import { createAnswering } from '../answering.ts';
import { assembleProxy, renderPrometheus } from '../assemble.ts';
import { proxyMode } from '../operator/proxy-mode.ts';
import type { ServedSystem } from './system.ts';

/** Unleash Proxy beside other systems. */
export interface ProxySystem extends ServedSystem {
  /** Without a trailing slash. */
  readonly healthPath: string;
}

/** Puts Unleash Proxy together. Its start does not wait for upstream. */
export function proxySystem(config: IProxyConfig, fleet: Fleet): ProxySystem {
  const answering = createAnswering(config, undefined, proxyServiceIn(fleet));
  const {
    handler,
    ofrep,
    config: own,
  } = assembleProxy(config, answering.source, {
    stopping: answering.stopping,
    everywhere: fleet.held('proxy', () => Number(answering.source.isReady())),
  });
  fleet.figures.expose('proxy', renderPrometheus);
  const mount = `${own.proxyBasePath}/proxy`;
  const below = `${mount}/`;
  return {
    handler,
    ofrep,
    operator: proxyMode('proxy', config, answering.service),
    healthPath: `${mount}/health`,
    owns: (path) => path === mount || path.startsWith(below),
    async start() {
      answering.start();
    },
    endStreams() {},
    async stop() {
      await fleet.figures.keep();
      await answering.stop();
    },
  };
}
