// The page that the browser test opens: an ordinary React app with @unleash/proxy-client-react. Its address says which
// server, key and person to use; what it got is written into the page for the test to read.
import {
  FlagProvider,
  useFlag,
  useFlags,
  useFlagsStatus,
  useUnleashClient,
  useUnleashContext,
  useVariant,
} from '@unleash/proxy-client-react';
import { createRoot } from 'react-dom/client';

const query = new URLSearchParams(location.search);
const { appName, url, clientKey, person, otherPerson, watched } = JSON.parse(query.get('settings'));

// Answers with a whole body: the SDK remembers an answer's entity tag before it reads the body, and its next refresh
// aborts that reading. It would be told 304 for flags that it never kept, until they change again.
const fetchWhole = async (address, init) => {
  const reply = await fetch(address, init);
  const { ok, status, headers } = reply;
  const text = await reply.text();
  return { ok, status, headers, json: async () => JSON.parse(text) };
};

const config = {
  fetch: fetchWhole,
  url,
  clientKey,
  appName,
  refreshInterval: 1,
  metricsInterval: 1,
  metricsIntervalInitial: 1,
  context: person,
};

function Page() {
  const flags = useFlags();
  const { flagsReady, flagsError } = useFlagsStatus();
  const on = useFlag(watched);
  const variant = useVariant(watched);
  const client = useUnleashClient();
  const updateContext = useUnleashContext();
  const count = () => {
    for (let i = 0; i < 5; i++) client.isEnabled('counted-page');
    client.isEnabled('counted-page-off');
  };
  return (
    <main>
      <output id="ready">{String(flagsReady)}</output>
      <output id="error">{flagsError ? String(flagsError.message ?? flagsError.code ?? flagsError) : ''}</output>
      <output id="watched">{on ? 'on' : 'off'}</output>
      <output id="variant">{variant.name}</output>
      <pre id="flags">{JSON.stringify(flags)}</pre>
      <button type="button" id="count" onClick={count}>
        count
      </button>
      <button type="button" id="switch-person" onClick={() => updateContext(otherPerson)}>
        somebody else
      </button>
    </main>
  );
}

createRoot(document.getElementById('root')).render(
  <FlagProvider config={config}>
    <Page />
  </FlagProvider>,
);
