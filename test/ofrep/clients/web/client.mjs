// What an application with OpenFeature's published web provider for OFREP does, for a browser's page and for Node alike:
// opens clients by name, asks them, changes their context, and notes what they hear and what they send.

/** Takes the packages `@openfeature/web-sdk` and `@openfeature/ofrep-web-provider` as they were loaded. */
export function createClients({ OpenFeature, ProviderEvents }, { OFREPWebProvider }) {
  // The SDK logs each failed evaluation; the answers tell of them.
  const silent = () => {};
  OpenFeature.setLogger({ debug: silent, info: silent, warn: silent, error: silent });
  const opened = new Map();

  /** Fetches as ever, and notes conditions and answers as the page is allowed to see them. */
  function notingFetch(requests) {
    return async (request, init) => {
      const noted = { query: new URL(request.url).search, ifNoneMatch: request.headers.get('if-none-match') };
      const reply = await fetch(request, init);
      requests.push({ ...noted, status: reply.status, etag: reply.headers.get('etag') });
      return reply;
    };
  }

  function evaluate(client, { flag, type, default: fallback }) {
    switch (type) {
      case 'boolean':
        return client.getBooleanDetails(flag, fallback);
      case 'string':
        return client.getStringDetails(flag, fallback);
      case 'object':
        return client.getObjectDetails(flag, fallback);
      default:
        return client.getNumberDetails(flag, fallback);
    }
  }

  return {
    /** Opens a client; one that was open under the name ends. Returns the error of its provider's start, or null. */
    async open({ name, baseUrl, token, context, views = [], ...options }) {
      const events = [];
      const requests = [];
      const client = OpenFeature.getClient(name);
      for (const event of Object.values(ProviderEvents)) {
        client.addHandler(event, ({ flagsChanged = [] } = {}) => events.push({ event, flagsChanged }));
      }
      opened.set(name, { client, events, requests });
      await OpenFeature.setContext(name, context);
      const provider = new OFREPWebProvider({
        baseUrl,
        headers: [['Authorization', `Bearer ${token}`]],
        query: new URLSearchParams(views.length > 0 ? { views: views.join(',') } : {}),
        fetchImplementation: notingFetch(requests),
        timeoutMs: 60_000,
        ...options,
      });
      return OpenFeature.setProviderAndWait(name, provider).then(
        () => null,
        ({ code = null, message }) => ({ code, message }),
      );
    },

    ask(name, calls) {
      return calls.map((call) => {
        const { value, variant, reason, errorCode, flagMetadata } = evaluate(opened.get(name).client, call);
        return { value, variant, reason, errorCode, metadata: flagMetadata };
      });
    },

    setContext: (name, context) => OpenFeature.setContext(name, context),

    /** What the client has heard and sent so far, and the state of its provider. */
    seen(name) {
      const { client, events, requests } = opened.get(name);
      return { status: client.providerStatus, events, requests };
    },

    close: () => OpenFeature.close(),
  };
}
