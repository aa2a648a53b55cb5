import { isNotModified } from '../../http/conditional.ts';
import { Entity } from '../../http/entity.ts';
import { redirectPage } from '../../http/pages.ts';
import {
  assetTypes,
  initializerName,
  uiAssetHeaders,
  uiInitializer,
  uiPage,
  uiPageHeaders,
} from '../../http/swagger-ui.ts';
import type { HttpReply, HttpRequest } from '../../http/types.ts';
import type { DocsHandler } from './handler.ts';
import { createOpenApiDocument, type OpenApiOptions } from './openapi.ts';
import { jsonType } from './toggle-list.ts';

/** What the documentation is made of. */
export interface DocsOptions extends OpenApiOptions {
  /** Reads one file of Swagger UI by its name. */
  readonly readAsset: (name: string) => Promise<Uint8Array>;
  /** Turns plain data into YAML. */
  readonly toYaml: (value: unknown) => Promise<string>;
}

type Headers = Readonly<Record<string, string>>;

const noSniff = { 'X-Content-Type-Options': 'nosniff' };
/**
 * The OpenAPI document as JSON and YAML, its components, and Swagger UI, all below `{base}/docs/openapi`. Outside
 * cross-origin rules and compression. The document is made and files are read when they are first asked for.
 *
 * Source: Unleash Proxy specification 1, rows 11 and 12; 3.5.
 */
export function createDocs(options: DocsOptions): DocsHandler {
  const mount = `${options.basePath}/docs/openapi`.toLowerCase();
  const document = once(() => createOpenApiDocument(options));
  const json = once(() => new Entity(JSON.stringify(document()), jsonType));
  const yaml = once(async () => new Entity(await options.toYaml(document()), 'text/yaml; charset=utf-8'));
  const validation = once(() => new Entity(JSON.stringify({ valid: true, document: document() }), jsonType));
  const initialize = once(() => new Entity(uiInitializer('../openapi.json'), 'text/javascript; charset=utf-8'));
  const assets = new Map<string, Promise<Entity>>();

  const asset = (name: string, contentType: string): Promise<Entity> => {
    let read = assets.get(name);
    if (read === undefined) {
      read = options.readAsset(name).then((bytes) => new Entity(bytes, contentType));
      assets.set(name, read);
      // A failure is not remembered: the next request tries again.
      read.catch(() => assets.delete(name));
    }
    return read;
  };

  const component = (request: HttpRequest, type: string, name: string): HttpReply => {
    const { components } = document();
    const group = Object.hasOwn(components, type) ? components[type] : undefined;
    if (group !== undefined && Object.hasOwn(group, name)) return reply(request, 200, jsonEntity(group[name]), noSniff);
    return reply(request, 404, jsonEntity({ error: `Component does not exist: ${type}/${name}` }), noSniff);
  };

  /** Below the mount point; `rest` starts with `/`. */
  const below = async (request: HttpRequest, rest: string): Promise<HttpReply> => {
    const name = rest.replace(/^\/+/, '');
    const contentType = assetTypes.get(name);
    if (contentType !== undefined) return reply(request, 200, await asset(name, contentType), uiAssetHeaders);
    if (name === initializerName) return reply(request, 200, initialize(), uiAssetHeaders);
    if (/^validate\/?$/i.test(name)) return reply(request, 200, validation(), noSniff);
    const found = /^components\/([^/]+)\/([^/]+)\.json\/?$/i.exec(name);
    if (found?.[1] && found[2]) return component(request, found[1], found[2]);
    const depth = rest.split('/').length - 2;
    return reply(
      request,
      200,
      new Entity(uiPage('Unleash Proxy API', '../'.repeat(depth)), 'text/html; charset=utf-8'),
      uiPageHeaders,
    );
  };

  return (request) => {
    const { method, path } = request;
    if (path.slice(0, mount.length).toLowerCase() !== mount) return undefined;
    const rest = path.slice(mount.length);
    const isDocument = /^\.(json|ya?ml)\/?$/i.test(rest);
    if (!isDocument && rest !== '' && !rest.startsWith('/')) return undefined;
    if (method === 'OPTIONS') return allowed;
    if (method !== 'GET' && method !== 'HEAD') return undefined;
    if (rest === '') return redirect(request);
    if (!isDocument) return below(request, rest);
    if (/^\.json/i.test(rest)) return reply(request, 200, json(), noSniff);
    return yaml().then((entity) => reply(request, 200, entity, noSniff));
  };
}

const allowed: HttpReply = {
  status: 200,
  headers: { Allow: 'GET, HEAD', 'Content-Type': 'text/plain', ...noSniff },
  body: 'GET, HEAD',
};

function jsonEntity(value: unknown): Entity {
  return new Entity(JSON.stringify(value), jsonType);
}

function redirect(request: HttpRequest): HttpReply {
  // Inside another Express application the path lacks what that application is mounted on.
  const { baseUrl } = (request.native ?? {}) as { baseUrl?: unknown };
  const page = redirectPage(`${typeof baseUrl === 'string' ? baseUrl : ''}${request.path}/`);
  if (request.method !== 'HEAD') return page;
  const length = Buffer.byteLength(String(page.body));
  return { ...page, headers: { ...page.headers, 'Content-Length': String(length) }, body: null };
}

function reply(request: HttpRequest, status: number, entity: Entity, headers: Headers): HttpReply {
  const condition = request.header('if-none-match');
  const { etag, contentType, bytes } = entity;
  if (status === 200 && isNotModified(condition, request.header('cache-control'), () => etag)) {
    return { status: 304, headers: { ...headers, ETag: etag }, body: null };
  }
  const sent = { ...headers, 'Content-Type': contentType, ETag: etag };
  if (request.method !== 'HEAD') return { status, headers: sent, body: bytes };
  return { status, headers: { ...sent, 'Content-Length': String(bytes.length) }, body: null };
}

/** Makes a value when it is first asked for. A promise that fails is made anew. */
function once<Value>(make: () => Value): () => Value {
  let made: { readonly value: Value } | undefined;
  return () => {
    if (made !== undefined) return made.value;
    const value = make();
    made = { value };
    if (value instanceof Promise)
      value.catch(() => {
        made = undefined;
      });
    return value;
  };
}
