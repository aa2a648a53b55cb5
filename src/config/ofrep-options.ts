import type { OpenFeatureOptions } from '../flags/openfeature.ts';
import type { CliOption } from './command-line.ts';
import {
  custom,
  type Environment,
  integer,
  isOffWord,
  type Option,
  resolve,
  splitList,
  text,
  type Warn,
} from './option.ts';
import { variableOption } from './variable-option.ts';

type Options = { readonly [Name in keyof OpenFeatureOptions]: Option<OpenFeatureOptions[Name]> };

/** Every setting of OpenFeature's remote evaluation. Variables only, the same in all modes. */
export const ofrepOptions = {
  ofrep: onOff('HALYARD_OFREP', true, 'Serves OpenFeature clients at `/ofrep/v1/`.'),
  ofrepStrict: onOff(
    'HALYARD_OFREP_STRICT',
    false,
    'Refuses contexts without a `targetingKey` with `TARGETING_KEY_MISSING`.',
  ),
  ofrepBodyLimit: number('HALYARD_OFREP_BODY_LIMIT', 1_048_576, 'Largest request body, in bytes.', 1),
  ofrepReplyCacheLimit: number(
    'HALYARD_OFREP_REPLY_CACHE_LIMIT',
    16 * 1024 * 1024,
    'Memory for finished bulk replies, in bytes, per environment and scope; a quarter of it more for contexts and for requests that come again, each.',
  ),
  ofrepSingleLimit: number(
    'HALYARD_OFREP_SINGLE_LIMIT',
    20_000,
    'Most finished single replies kept, per environment and scope. 0 keeps none.',
  ),
  ofrepSelectionLimit: number(
    'HALYARD_OFREP_SELECTION_LIMIT',
    8,
    'Most kinds of bulk replies kept that clients choose with `keys` and `views`, per environment and scope.',
  ),
  ofrepEndingLimit: number(
    'HALYARD_OFREP_ENDING_LIMIT',
    256,
    'Most endings of bulk replies kept, per environment and scope: one per credential and host name.',
  ),
  ofrepScopeLimit: number(
    'HALYARD_OFREP_SCOPE_LIMIT',
    64,
    'Most scopes of credentials (Unleash Edge: projects) kept ready per environment.',
    1,
  ),
  ofrepRefreshWait: number(
    'HALYARD_OFREP_REFRESH_WAIT',
    2_000,
    'Most milliseconds that a request waits for flags which another replica told its client of.',
  ),
  ofrepOrigins: items('HALYARD_OFREP_ORIGINS', 'Origins that browsers may call from.', 'those of the mode'),
  ofrepHeaders: items(
    'HALYARD_OFREP_HEADERS',
    'Request headers that browsers may send besides the usual ones.',
    'none',
  ),
  ofrepPublicUrl: custom<string | undefined>(
    'URL',
    {
      environment: ['HALYARD_OFREP_PUBLIC_URL'],
      description: 'Where clients reach this server, up to and without `/ofrep`. Event streams are advertised there.',
      fallbackText: 'told from each request',
    },
    parseUrl,
  ),
  ofrepMetadata: custom<OpenFeatureOptions['ofrepMetadata']>(
    'none, basic, full',
    {
      environment: ['HALYARD_OFREP_METADATA'],
      description: 'How much is told about single flags.',
      fallbackText: '`basic` for backend credentials, `none` for frontend ones',
    },
    word('none', 'basic', 'full'),
  ),
  ofrepHideInactive: onOff(
    'HALYARD_OFREP_HIDE_INACTIVE',
    false,
    'Leaves flags that are off out of bulk replies. Clients then report them as not found.',
  ),
  ofrepCountBulk: onOff(
    'HALYARD_OFREP_COUNT_BULK',
    false,
    'Counts every flag of a bulk reply as used. Single evaluations are always counted.',
  ),
  ofrepStaleAfter: number(
    'HALYARD_OFREP_STALE_AFTER',
    300,
    'Seconds without a word from upstream after which bulk replies say `stale`. 0 never says it.',
  ),
  ofrepUnleashPlainKey: custom<OpenFeatureOptions['ofrepUnleashPlainKey']>(
    'auto, boolean',
    {
      environment: ['HALYARD_OFREP_UNLEASH_PLAIN_KEY'],
      fallback: 'auto',
      description: 'What the plain key of an Unleash flag with payloads gives: the payload, or whether it is on.',
    },
    word('auto', 'boolean'),
  ),
  ofrepFlagsmithDisabledValues: onOff(
    'HALYARD_OFREP_FLAGSMITH_DISABLED_VALUES',
    false,
    'Gives the value of Flagsmith features that are disabled, too.',
  ),
  ofrepStreams: onOff('HALYARD_OFREP_STREAMS', true, 'Tells clients of changes over event streams.'),
  ofrepStreamsExcept: items(
    'HALYARD_OFREP_STREAMS_EXCEPT',
    'Credentials whose clients are not offered event streams.',
    'none',
    true,
  ),
  ofrepStreamSecret: text({
    environment: ['HALYARD_OFREP_STREAM_SECRET'],
    description: 'Signs the URLs of event streams. Has to be the same on all replicas.',
    fallbackText: 'derived from the configured credentials; random where there are none',
    secret: true,
  }) as Option<string | undefined>,
  ofrepStreamUrlHours: number(
    'HALYARD_OFREP_STREAM_URL_HOURS',
    12,
    'Hours that the URL of an event stream works at least; at most twice as long.',
    1,
  ),
  ofrepStreamInactivity: number(
    'HALYARD_OFREP_STREAM_INACTIVITY',
    120,
    'Seconds in the background after which clients close their event stream.',
    1,
  ),
  ofrepStreamAge: number(
    'HALYARD_OFREP_STREAM_AGE',
    1_800,
    'Seconds after which event streams are ended, so that they spread over replicas again. 0 keeps them.',
  ),
  ofrepStreamLimit: number('HALYARD_OFREP_STREAM_LIMIT', 20_000, 'Most event streams open at once.'),
  ofrepStreamsPerCredential: number(
    'HALYARD_OFREP_STREAMS_PER_CREDENTIAL',
    20_000,
    'Most event streams open at once for one credential.',
  ),
  ofrepStreamsPerAddress: number(
    'HALYARD_OFREP_STREAMS_PER_ADDRESS',
    1_000,
    'Most event streams open at once from one client address. Behind a proxy, set whom to trust for addresses.',
  ),
  ofrepStreamSpread: number(
    'HALYARD_OFREP_STREAM_SPREAD',
    5_000,
    'Most milliseconds over which one change is told to all clients. With few clients it takes less.',
  ),
  ofrepStreamRate: number(
    'HALYARD_OFREP_STREAM_RATE',
    2_000,
    'Clients told of a change per second, until that would take longer than `HALYARD_OFREP_STREAM_SPREAD`.',
    1,
  ),
  ofrepStreamHeartbeat: number(
    'HALYARD_OFREP_STREAM_HEARTBEAT',
    20,
    'Seconds between two signs of life on an event stream. Less than what proxies wait for.',
    1,
  ),
} satisfies Options;

const names = Object.keys(ofrepOptions) as (keyof OpenFeatureOptions)[];

/** Reads all settings from variables. Values that cannot be used are replaced by defaults, with a warning. */
export function readOfrepOptions(environment: Environment, warn: Warn): OpenFeatureOptions {
  const read = (name: keyof OpenFeatureOptions) =>
    resolve<unknown>(ofrepOptions[name] as Option<unknown>, undefined, environment, warn);
  return Object.fromEntries(names.map((name) => [name, read(name)])) as unknown as OpenFeatureOptions;
}

/** The same settings for Edge's command line: variables without flags. */
export const ofrepCliOptions = Object.fromEntries(
  names.map((name) => [name, variableOption(ofrepOptions[name] as Option<unknown>)]),
) as unknown as { readonly [Name in keyof OpenFeatureOptions]: CliOption<OpenFeatureOptions[Name]> };

function onOff(variable: string, fallback: boolean, description: string): Option<boolean> {
  return custom('boolean', { environment: [variable], fallback, description }, (value) => !isOffWord(value));
}

function number(variable: string, fallback: number, description: string, minimum = 0): Option<number> {
  return integer({ environment: [variable], fallback, description }, minimum);
}

function items(variable: string, description: string, fallbackText: string, secret = false): Option<readonly string[]> {
  const declaration = { environment: [variable], fallback: [], fallbackText, description, secret };
  return custom<readonly string[]>('list', declaration, (value) =>
    splitList(value.trim()).filter((item) => item !== ''),
  );
}

function word<Word extends string>(...words: Word[]): Option<Word>['parse'] {
  return (value, variable, warn) => {
    const known = words.find((candidate) => candidate === value.trim().toLowerCase());
    if (known === undefined) warn(`${variable} has to be one of ${words.join(', ')}`, 'Using the default');
    return known;
  };
}

function parseUrl(value: string, variable: string, warn: Warn): string | undefined {
  if (/^https?:\/\//i.test(value) && URL.canParse(value)) return value.replace(/\/+$/, '');
  warn(`${variable} is no http or https URL`, 'Using the address of each request');
  return undefined;
}
