/** Prometheus text, read as far as adding up and converting need. */
export interface ReadFamily {
  readonly name: string;
  /** The comment lines in front of it. */
  readonly comments: string[];
  type: string;
  /** Values by name and labels, as they are written. */
  readonly samples: Map<string, number>;
}

const endings = ['_bucket', '_sum', '_count', '_total', '_created'];

/** The families of a page that Prometheus could scrape, by name. */
export function readFamilies(text: string): Map<string, ReadFamily> {
  const families = new Map<string, ReadFamily>();
  const named = (name: string): ReadFamily => {
    let family = families.get(name);
    if (family === undefined) {
      family = { name, comments: [], type: 'untyped', samples: new Map() };
      families.set(name, family);
    }
    return family;
  };
  for (const line of text.split('\n')) {
    const comment = /^# (HELP|TYPE) (\S+) ?(.*)$/.exec(line);
    if (comment !== null) {
      const family = named(comment[2] ?? '');
      family.comments.push(line);
      if (comment[1] === 'TYPE') family.type = comment[3] ?? '';
      continue;
    }
    const sample = /^([a-zA-Z_:][\w:]*(?:\{.*\})?) (\S+)/.exec(line);
    if (sample === null) continue;
    const [, key = '', value = ''] = sample;
    ownerOf(families, named, sampleName(key)).samples.set(key, readNumber(value));
  }
  return families;
}

/** The name of a sample without its labels. */
export function sampleName(key: string): string {
  return /^[\w:]+/.exec(key)?.[0] ?? '';
}

/** The labels of a sample, by name. */
export function sampleLabels(key: string): Map<string, string> {
  const labels = new Map<string, string>();
  const pairs = key.slice(sampleName(key).length);
  for (const [, name = '', value = ''] of pairs.matchAll(/([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"/gs)) {
    labels.set(
      name,
      value.replaceAll(/\\(.)/gs, (_, escaped: string) => (escaped === 'n' ? '\n' : escaped)),
    );
  }
  return labels;
}

/** What a family is said to be; empty where nothing is said. */
export function helpOf({ name, comments }: ReadFamily): string {
  const start = `# HELP ${name} `;
  return comments.find((line) => line.startsWith(start))?.slice(start.length) ?? '';
}

/** The family that a sample belongs to: a histogram's samples have endings that its name has not. */
function ownerOf(families: Map<string, ReadFamily>, named: (name: string) => ReadFamily, name: string): ReadFamily {
  const known = families.get(name);
  if (known !== undefined) return known;
  for (const ending of endings) {
    const base = name.endsWith(ending) ? families.get(name.slice(0, -ending.length)) : undefined;
    if (base !== undefined) return base;
  }
  return named(name);
}

function readNumber(text: string): number {
  if (text === '+Inf') return Number.POSITIVE_INFINITY;
  return text === '-Inf' ? Number.NEGATIVE_INFINITY : Number(text);
}
