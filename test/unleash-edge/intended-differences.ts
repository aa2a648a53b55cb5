/**
 * Where Halyard answers differently from Unleash Edge 19.15.1 on purpose. This is the whole list: every other difference
 * fails a test, and so does an entry that is no longer met.
 */
import type { Comparable, IntendedDifference } from './support/compare.ts';

const without = ({ headers, ...reply }: Comparable, ...names: string[]): Comparable => ({
  ...reply,
  headers: Object.fromEntries(Object.entries(headers).filter(([name]) => !names.includes(name))),
});

export const everywhere: readonly IntendedDifference[] = [
  {
    id: 'connections stay open after a 4xx',
    section: '4.2',
    reason: 'The original closes them because of a fault of its web framework that Halyard does not have.',
    expected: (_request, real) => (real.status >= 400 && real.status < 500 ? without(real, 'connection') : undefined),
  },
  {
    id: 'Vary names Accept-Encoding on every reply',
    section: '4.3',
    reason: 'A cache may not give a compressed reply to a client that did not ask for it.',
    expected: (_request, real) => {
      if (real.headers.vary?.includes('accept-encoding')) return undefined;
      const vary = ['accept-encoding', ...(real.headers.vary?.split(', ') ?? [])].join(', ');
      return { ...real, headers: { ...real.headers, vary } };
    },
  },
];
