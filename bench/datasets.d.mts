/** A deterministic set of flags: 5, 350 or 5,000. */
export function dataset(size: 'small' | 'large' | 'huge'): {
  version: number;
  features: unknown[];
  segments: unknown[];
};
