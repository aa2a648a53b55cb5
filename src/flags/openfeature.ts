/** What an operator can say about OpenFeature's remote evaluation, in all modes. */
export interface OpenFeatureOptions {
  readonly ofrep: boolean;
  readonly ofrepStrict: boolean;
  readonly ofrepBodyLimit: number;
  readonly ofrepReplyCacheLimit: number;
  readonly ofrepSingleLimit: number;
  readonly ofrepSelectionLimit: number;
  readonly ofrepEndingLimit: number;
  readonly ofrepScopeLimit: number;
  readonly ofrepRefreshWait: number;
  /** Empty: those of the mode. */
  readonly ofrepOrigins: readonly string[];
  readonly ofrepHeaders: readonly string[];
  readonly ofrepPublicUrl: string | undefined;
  /** undefined: by the kind of credential. */
  readonly ofrepMetadata: 'none' | 'basic' | 'full' | undefined;
  readonly ofrepHideInactive: boolean;
  readonly ofrepCountBulk: boolean;
  readonly ofrepStaleAfter: number;
  readonly ofrepUnleashPlainKey: 'auto' | 'boolean';
  readonly ofrepFlagsmithDisabledValues: boolean;
  readonly ofrepStreams: boolean;
  readonly ofrepStreamsExcept: readonly string[];
  readonly ofrepStreamSecret: string | undefined;
  readonly ofrepStreamUrlHours: number;
  readonly ofrepStreamInactivity: number;
  readonly ofrepStreamAge: number;
  readonly ofrepStreamLimit: number;
  readonly ofrepStreamsPerCredential: number;
  readonly ofrepStreamsPerAddress: number;
  readonly ofrepStreamSpread: number;
  readonly ofrepStreamRate: number;
  readonly ofrepStreamHeartbeat: number;
}
