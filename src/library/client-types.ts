/** A context as SDKs describe it. Fields of other names count as properties. */
export interface ClientContext {
  appName?: string;
  environment?: string;
  userId?: string;
  sessionId?: string;
  remoteAddress?: string;
  currentTime?: Date | string | number;
  properties?: { [name: string]: unknown };
  [field: string]: unknown;
}

/** The variant of a toggle. */
export interface ToggleVariant {
  name: string;
  enabled: boolean;
  payload?: { type: string; value: string };
  feature_enabled?: boolean;
  featureEnabled?: boolean;
}

/** One toggle's answer, serialised as it is. */
export interface FeatureToggleStatus {
  name: string;
  enabled: boolean;
  impressionData?: boolean;
  variant?: ToggleVariant;
}

/** Usage that a front-end SDK reports. */
export interface IMetrics {
  appName: string;
  instanceId: string;
  bucket: {
    start: string;
    stop: string;
    toggles: { [toggleName: string]: { yes?: number; no?: number; variants?: { [variantName: string]: number } } };
  };
  [field: string]: unknown;
}

type MaybePromise<Value> = Value | Promise<Value>;

/**
 * What answers behind the API. An application may bring its own: anything with these methods, normally an
 * `EventEmitter`. It counts as ready when `isReady()` says so or when it emits `ready`.
 *
 * What a method throws, or rejects with, becomes a 500 for that one request.
 *
 * Source: Unleash Proxy specification 7.
 */
export interface IClient {
  /** Replaces the token for upstream. */
  setUnleashApiToken(unleashApiToken: string): void;
  /** The enabled toggles. */
  getEnabledToggles(context: ClientContext): MaybePromise<FeatureToggleStatus[]>;
  /** One answer per name, in the order asked for. */
  getDefinedToggles(toggleNames: string[], context: ClientContext): MaybePromise<FeatureToggleStatus[]>;
  /** All toggles, on and off. */
  getAllToggles(context: ClientContext): MaybePromise<FeatureToggleStatus[]>;
  /** The definitions, for server SDKs. */
  getFeatureToggleDefinitions(): MaybePromise<object[]>;
  /** Takes a whole metrics body, validated and converted. */
  registerMetrics(metrics: IMetrics): unknown;
  isReady(): boolean;
  on?(event: 'ready', listener: () => void): unknown;
}
