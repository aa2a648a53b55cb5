/** Deep import of the original: `…/dist/client`. */
export { Client, Client as default, type MetricsLike, type UnleashLike } from './library/client.ts';
export type {
  ClientContext,
  FeatureToggleStatus,
  IClient,
  IMetrics,
  ToggleVariant,
} from './library/client-types.ts';
