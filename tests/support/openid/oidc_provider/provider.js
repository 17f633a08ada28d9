// An OpenID provider for tests: the package `oidc-provider`, with clients, keys and resources from the file that is named
// on the command line. SIGHUP has it read the file again, as a provider whose keys are rotated goes on under its address.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';

import Provider, { errors } from 'oidc-provider';

const file = process.argv[2];
let answer;

function read() {
  const { issuer, keys, clients, resources, claims, version } = JSON.parse(readFileSync(file, 'utf8'));
  const known = (indicator) => {
    if (!Object.hasOwn(resources, indicator)) throw new errors.InvalidTarget();
    return resources[indicator];
  };
  const provider = new Provider(issuer, {
    jwks: { keys },
    discovery: { version },
    clients,
    scopes: ['openid', 'goldenthread'],
    clientDefaults: { id_token_signed_response_alg: keys[0].alg },
    cookies: { keys: ['only for tests'] },
    features: {
      clientCredentials: { enabled: true },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => Object.keys(resources)[0],
        useGrantedResource: () => true,
        getResourceServerInfo: (_, indicator) => {
          const { audience, algorithm, seconds } = known(indicator);
          return {
            scope: 'goldenthread',
            audience,
            accessTokenTTL: seconds,
            accessTokenFormat: algorithm ? 'jwt' : 'opaque',
            jwt: algorithm ? { sign: { alg: algorithm } } : undefined,
          };
        },
      },
    },
    extraTokenClaims: (_, token) => claims[token.accountId ?? token.clientId],
  });
  provider.on('grant.success', (context) => console.log(`gave a token to ${context.oidc.client.clientId}`));
  answer = provider.callback();
}

read();
process.on('SIGHUP', read);
createServer((request, response) => {
  if (request.url === '/jwks') console.log('its keys were read');
  return answer(request, response);
}).listen(Number(process.argv[3]), '127.0.0.1');
