/** The rules of the house that a machine can check: who may import whom, and a few habits. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { version } from '../src/version.ts';
import { repositoryRoot } from './support/subjects.ts';

interface Import {
  /** What the file says, for example `../flags/snapshot.ts` or `node:fs`. */
  readonly specifier: string;
  readonly typesOnly: boolean;
  /** Loaded when that line is reached, and not with the file. */
  readonly late: boolean;
}

interface Source {
  /** Path from `src`, with forward slashes. */
  readonly path: string;
  readonly lines: number;
  /** The text without comments. */
  readonly code: string;
  readonly imports: readonly Import[];
}

const src = join(repositoryRoot, 'src');
const isTest = (path: string): boolean => /(\.test|\/testing)\.ts$/.test(path);

function readSources(): Source[] {
  return readdirSync(src, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts'))
    .map((path) => {
      const text = readFileSync(join(src, path), 'utf8');
      const code = text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '');
      return { path: path.replaceAll('\\', '/'), lines: text.split('\n').length - 1, code, imports: importsOf(code) };
    });
}

/** Static imports and re-exports, and dynamic imports and `require` calls with a fixed text. */
function importsOf(code: string): Import[] {
  const fixed = [...code.matchAll(/^(import|export)\s+(type\s)?(?:[^'";]*?\sfrom\s+)?'([^']+)'/gm)].map(
    ([, , type, specifier = '']) => ({ specifier, typesOnly: type !== undefined, late: false }),
  );
  const late = [...code.matchAll(/\b(?:import|require)\(\s*'([^']+)'/g)].map(([, specifier = '']) => ({
    specifier,
    typesOnly: false,
    late: true,
  }));
  return [...fixed, ...late];
}

/** The room that an import leads to: a folder of `src`, or undefined for packages and the platform. */
function target({ path }: Source, { specifier }: Import): string | undefined {
  if (!specifier.startsWith('.')) return undefined;
  return relative(src, resolve(src, dirname(path), specifier)).replaceAll('\\', '/');
}

const roomOf = (path: string): string => (path.includes('/') ? path.slice(0, path.indexOf('/')) : '.');

/** Rooms that may be imported, besides the own one. Rooms that are not listed wire the others and may import all. */
const allowed: Readonly<Record<string, readonly string[]>> = {
  flags: [],
  http: [],
  unleash: ['flags', 'http'],
  flagsmith: ['flags', 'http'],
  ofrep: ['flags', 'http'],
  store: ['flags', 'http'],
  operations: ['flags', 'http'],
};

/** May know the shapes of every wing, not their behaviour. */
const typesOnlyRooms = new Set(['operations']);
const wiring = new Set(['config', 'cli', 'fleet', 'library', '.']);
const wings = new Set(['unleash', 'flagsmith', 'ofrep']);

const sources = readSources();
const production = sources.filter(({ path }) => !isTest(path));

function violations(list: readonly Source[], forbidden: (source: Source, one: Import) => boolean): string[] {
  return list.flatMap((source) =>
    source.imports.filter((one) => forbidden(source, one)).map((one) => `${source.path} imports ${one.specifier}`),
  );
}

describe('who may import whom', () => {
  it('finds the sources and their imports', () => {
    expect(sources.length).toBeGreaterThan(100);
    const run = sources.find(({ path }) => path === 'cli/run.ts');
    expect(run?.imports).toContainEqual({ specifier: '../config/option.ts', typesOnly: true, late: false });
    expect(run?.imports).toContainEqual({ specifier: './demo.ts', typesOnly: false, late: true });
  });

  it('every room is listed here or wires others', () => {
    const rooms = new Set(sources.map(({ path }) => roomOf(path)));
    expect([...rooms].filter((room) => !(room in allowed) && !wiring.has(room))).toEqual([]);
  });

  it('rooms import only what they may', () => {
    const found = violations(production, (source, one) => {
      const to = target(source, one);
      const own = roomOf(source.path);
      if (to === undefined || !(own in allowed) || roomOf(to) === own) return false;
      if (one.typesOnly && typesOnlyRooms.has(own)) return false;
      return !allowed[own]?.includes(roomOf(to));
    });
    expect(found).toEqual([]);
  });

  it('flags/ needs nothing but the platform', () => {
    const flags = production.filter(({ path }) => roomOf(path) === 'flags');
    expect(
      violations(flags, (_, { specifier }) => !specifier.startsWith('.') && !specifier.startsWith('node:')),
    ).toEqual([]);
  });

  it('http/wire/ does no input and output: what it needs comes from its host', () => {
    const wire = production.filter(({ path }) => path.startsWith('http/wire/'));
    expect(wire.length).toBeGreaterThan(5);
    const outside = violations(
      wire,
      (source, one) => !/^http\/(wire\/|[^/]+\.ts$)/.test(target(source, one) ?? one.specifier),
    );
    expect(outside).toEqual([]);
    const readsClocks = wire.filter(({ code }) => /\b(?:performance\.now|setInterval|process)\b/.test(code));
    expect(readsClocks.map(({ path }) => path)).toEqual([]);
  });

  it('a program loads no mode but its own', () => {
    const loads = (path: string, seen = new Set<string>()): Set<string> => {
      if (seen.has(path)) return seen;
      seen.add(path);
      const source = production.find((one) => one.path === path);
      for (const one of source?.imports ?? []) {
        const to = source === undefined || one.typesOnly || one.late ? undefined : target(source, one);
        if (to !== undefined) loads(to, seen);
      }
      return seen;
    };
    const elsewhere = (path: string, parts: RegExp) => [...loads(path)].filter((loaded) => parts.test(loaded));
    expect(loads('cli/main.ts').size).toBeGreaterThan(10);
    expect(elsewhere('cli/main.ts', /^(unleash\/(proxy|edge|engine)|flagsmith\/engine|ofrep)\//)).toEqual([]);
    expect(elsewhere('cli/edge.ts', /^(unleash\/proxy|flagsmith\/engine)\//)).toEqual([]);
    expect(elsewhere('cli/flagsmith.ts', /^unleash\/(proxy|edge|engine)\//)).toEqual([]);
    expect(elsewhere('cli/proxy.ts', /^(unleash\/edge\/api|flagsmith\/engine)\//)).toEqual([]);
  });

  it('the dialects of Unleash do not know each other', () => {
    const found = violations(production, (source, one) => {
      const from = /^unleash\/(proxy|edge)\//.exec(source.path)?.[1];
      const to = /^unleash\/(proxy|edge)\//.exec(target(source, one) ?? '')?.[1];
      return from !== undefined && to !== undefined && from !== to;
    });
    expect(found).toEqual([]);
  });

  it('clock, chance, network and files are passed into the wings', () => {
    const inWings = production.filter(({ path }) => wings.has(roomOf(path)));
    const outside = /^node:(fs|http|https|http2|net|tls|dns|dgram|timers|child_process|worker_threads|os)\b/;
    expect(violations(inWings, (_, { specifier }) => outside.test(specifier))).toEqual([]);
    const calls =
      /(?<![#.\w])(?:Date\.now\b|Math\.random\b|performance\.now\b|set(?:Timeout|Interval|Immediate)\(|fetch\(|new Date\(\))/g;
    const found = inWings.flatMap(({ path, code }) => [...code.matchAll(calls)].map(([call]) => `${path}: ${call}`));
    expect(found).toEqual([]);
  });
});

describe('habits', () => {
  it('no file is longer than 400 lines', () => {
    expect(sources.filter(({ lines }) => lines > 400).map(({ path, lines }) => `${path}: ${lines}`)).toEqual([]);
  });

  it('nothing is typed as any', () => {
    const any = /(?::|\bas|<|\||,)\s*any\b(?!\s*[(:=])/;
    const withoutTexts = (code: string) => code.replace(/'[^'\n]*'|`[^`]*`/g, "''");
    expect(sources.filter(({ code }) => any.test(withoutTexts(code))).map(({ path }) => path)).toEqual([]);
  });

  it('relative imports name files, and import.meta, which CommonJS lacks, is not used', () => {
    // Tests may also use the helpers of the scripts.
    const isFile = (path: string, specifier: string) => (isTest(path) ? /\.m?[tj]s$/ : /\.ts$/).test(specifier);
    const relativeImports = violations(
      sources,
      ({ path }, { specifier }) => specifier.startsWith('.') && !isFile(path, specifier),
    );
    expect(relativeImports).toEqual([]);
    expect(production.filter(({ code }) => code.includes('import.meta')).map(({ path }) => path)).toEqual([]);
  });

  it('no test says how long something may take by the clock', () => {
    const tests = ['src', 'test'].flatMap((folder) =>
      readdirSync(join(repositoryRoot, folder), { recursive: true, encoding: 'utf8' })
        .filter((path) => path.endsWith('.ts'))
        .map((path) => join(folder, path)),
    );
    const elapsed = /expect\((?:Date|performance)\.now\(\) - [^;]*\.toBeLess/;
    const found = tests.filter((path) => elapsed.test(readFileSync(join(repositoryRoot, path), 'utf8')));
    expect(found).toEqual([]);
  });

  it('the version is that of the package', () => {
    const { version: published } = JSON.parse(readFileSync(join(repositoryRoot, 'package.json'), 'utf8'));
    expect(version).toBe(published);
  });
});
