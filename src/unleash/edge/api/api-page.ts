import {
  assetTypes,
  initializerName,
  uiAssetHeaders,
  uiInitializer,
  uiPage,
  uiPageHeaders,
} from '../../../http/swagger-ui.ts';
import { type Answer, answers } from './answers.ts';
import { EdgeEntity, type Tagger } from './entity.ts';

/** What the page is made of. */
export interface ApiPageOptions {
  /** Reads one file of Swagger UI by its name. */
  readonly readAsset: (name: string) => Promise<Uint8Array>;
  readonly tagger: Tagger;
}

/** Answers below `/swagger-ui`. `path` is as the client wrote it. */
export type ApiPage = (path: string) => Answer | Promise<Answer>;

/**
 * Swagger UI, over the document at `/api-doc/openapi.json`. Nothing comes from elsewhere, and addresses are relative, so
 * that base paths and reverse proxies do not matter. Files are read when they are first asked for.
 *
 * Source: Unleash Edge specification 24.
 */
export function createApiPage({ readAsset, tagger }: ApiPageOptions): ApiPage {
  const files = new Map<string, Promise<EdgeEntity>>();
  const script = new EdgeEntity(uiInitializer('../api-doc/openapi.json'), tagger, 'text/javascript; charset=utf-8');

  const file = (name: string, contentType: string): Promise<EdgeEntity> => {
    let read = files.get(name);
    if (read === undefined) {
      read = readAsset(name).then((bytes) => new EdgeEntity(bytes, tagger, contentType));
      files.set(name, read);
      // A failure is not remembered: the next request tries again.
      read.catch(() => files.delete(name));
    }
    return read;
  };

  return (path) => {
    const name = path.slice(path.lastIndexOf('/') + 1);
    // Without the slash at its end, the page's folder is a level further down.
    const up = name === 'swagger-ui' ? 'swagger-ui/' : '';
    if (name === '' || name === 'index.html' || up !== '') {
      const page = new EdgeEntity(uiPage('Unleash Edge API', up), tagger, 'text/html; charset=utf-8');
      return { status: 200, body: page, headers: uiPageHeaders };
    }
    if (name === initializerName) return { status: 200, body: script, headers: uiAssetHeaders };
    const contentType = assetTypes.get(name);
    if (contentType === undefined) return answers.notFound;
    return file(name, contentType).then((body) => ({ status: 200, body, headers: uiAssetHeaders }));
  };
}
