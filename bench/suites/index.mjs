// The suites with one server beside its original. Flagsmith's and the streams are measured in their own ways.
import unleashEdge from './unleash-edge.mjs';
import unleashProxy from './unleash-proxy.mjs';

export const suites = [unleashProxy, unleashEdge];
