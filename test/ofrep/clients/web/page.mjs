// The page's script: the clients, for the test to use from outside.
import * as provider from '@openfeature/ofrep-web-provider';
import * as sdk from '@openfeature/web-sdk';
import { createClients } from './client.mjs';

globalThis.clients = createClients(sdk, provider);
