interface DocumentedOption {
  readonly environment: readonly string[];
  readonly kind: string;
  readonly fallback: unknown;
  readonly fallbackText?: string | undefined;
  readonly description: string;
  readonly secret?: boolean | undefined;
}
/** Sections of the page: a title and the names of the options in it. */
export declare const sections: readonly (readonly [title: string, names: readonly string[]])[];
/** Renders docs/configuration.md. */
export declare function configurationPage(options: Readonly<Record<string, DocumentedOption>>): string;
