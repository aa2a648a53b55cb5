import { Validator } from '@seriousme/openapi-schema-validator';
import { describe, expect, it } from 'vitest';
import { createOpenApiDocument } from './openapi.ts';

const options = { basePath: '', keyHeaderName: 'authorization', version: '1.2.3', prometheus: true };

interface Operation {
  readonly responses: Readonly<Record<string, unknown>>;
}

describe('the OpenAPI document', () => {
  it.each(['', '/base/path'])('is valid with the base path "%s", which only the paths carry', async (basePath) => {
    const document = createOpenApiDocument({ ...options, basePath });
    const plain = JSON.parse(JSON.stringify(document));
    expect(await new Validator().validate(plain)).toEqual({ valid: true });
    expect(document.servers).toEqual([]);
    expect(Object.keys(document.paths).every((path) => path.startsWith(`${basePath}/proxy`))).toBe(true);
  });

  it('names the header of the key, and the eight schemas', () => {
    const { components } = createOpenApiDocument({ ...options, keyHeaderName: 'X-Key' });
    expect(components.securitySchemes).toEqual({ apiKey: { type: 'apiKey', in: 'header', name: 'X-Key' } });
    expect(Object.keys(components.schemas ?? {}).sort()).toEqual([
      'apiRequestSchema',
      'featureSchema',
      'featuresSchema',
      'lookupTogglesSchema',
      'registerClientSchema',
      'registerMetricsSchema',
      'unleashContextSchema',
      'variantSchema',
    ]);
  });

  it('leaves out what is switched off', () => {
    const { paths } = createOpenApiDocument({ ...options, prometheus: false });
    expect(Object.keys(paths)).not.toContain('/proxy/internal-backstage/prometheus');
  });

  it('lists the statuses that the API answers with', () => {
    const { paths } = createOpenApiDocument(options);
    const statuses = Object.entries(paths).flatMap(([path, methods]) =>
      Object.entries(methods as Record<string, Operation>).map(
        ([method, { responses }]) => `${method} ${path}: ${Object.keys(responses).join(' ')}`,
      ),
    );
    expect(statuses).toEqual([
      'get /proxy: 200 304 400 401 500 503',
      'post /proxy: 200 400 401 413 415 500 503',
      'get /proxy/all: 200 304 400 401 500 501 503',
      'post /proxy/all: 200 400 401 413 415 500 501 503',
      'post /proxy/all/client/metrics: 200 400 401 413 415',
      'get /proxy/client/features: 200 304 401 503',
      'post /proxy/client/metrics: 200 400 401 413 415',
      'post /proxy/client/register: 200 400 401 413 415',
      'get /proxy/health: 200 304 503',
      'get /proxy/internal-backstage/prometheus: 200 304 503',
    ]);
  });
});
