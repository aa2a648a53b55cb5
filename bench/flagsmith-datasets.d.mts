/** Names of the data sets. */
export declare const profiles: readonly string[];
/** The key pair of a data set. */
export declare function keys(profile: string): { readonly server: string; readonly client: string };
/** The environment document of a data set. */
export declare function environmentDocument(profile: string): Record<string, unknown>;
/** Bodies of requests for identities. */
export declare function identityRequests(
  profile: string,
  n: number,
  seed?: number,
): readonly { readonly identifier: string; readonly traits: readonly { trait_key: string; trait_value: unknown }[] }[];
