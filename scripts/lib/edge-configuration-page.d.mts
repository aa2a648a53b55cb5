type Table = Readonly<Record<string, object>>;
/** Renders docs/configuration-edge.md. */
export declare function edgeConfigurationPage(tables: {
  readonly edgeRootOptions: Table;
  readonly edgeOptions: Table;
  readonly offlineOptions: Table;
  readonly checkOptions: Table;
}): string;
