// node-oidc-provider with its own in-memory adapter, set up for what the benchmarks measure: introspection,
// client_credentials (opaque, and signed by way of resource indicators), refresh with rotation.
//
//   node server.mjs PORT CONTROL_PORT SECRET
//
// The second port makes first refresh tokens, which otherwise need a browser. It costs the measured one nothing.
import { generateKeyPairSync } from 'node:crypto';
import { createServer } from 'node:http';
import { Provider } from 'oidc-provider';

const [port, controlPort, secret] = [Number(process.argv[2]), Number(process.argv[3]), process.argv[4]];
const SCOPE = 'read:realms';
const LIFE = 3600;

const jwk = (use, ...kind) => ({ ...generateKeyPairSync(...kind).privateKey.export({ format: 'jwk' }), use });
const client = (id, grants, more = {}) => ({
  client_id: id,
  client_secret: secret,
  grant_types: grants,
  redirect_uris: [],
  response_types: [],
  token_endpoint_auth_method: 'client_secret_basic',
  ...more,
});

const provider = new Provider(`http://localhost:${port}`, {
  clients: [
    client('introspector', []),
    client('machine', ['client_credentials'], { scope: SCOPE }),
    client('app', ['authorization_code', 'refresh_token'], {
      redirect_uris: ['https://client.example/callback'],
      response_types: ['code'],
      scope: `${SCOPE} offline_access`,
    }),
  ],
  jwks: {
    keys: [
      { ...jwk('sig', 'rsa', { modulusLength: 2048 }), alg: 'RS256' },
      { ...jwk('sig', 'ec', { namedCurve: 'P-256' }), alg: 'ES256' },
      { ...jwk('sig', 'ed25519'), alg: 'EdDSA' },
    ],
  },
  cookies: { keys: [secret] },
  scopes: [SCOPE, 'offline_access'],
  enabledJWA: { idTokenSigningAlgValues: ['RS256', 'ES256', 'EdDSA'] },
  findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
  rotateRefreshToken: true,
  ttl: { AccessToken: LIFE, ClientCredentials: LIFE, RefreshToken: LIFE, Grant: LIFE },
  features: {
    devInteractions: { enabled: false },
    clientCredentials: { enabled: true },
    introspection: { enabled: true },
    resourceIndicators: {
      enabled: true,
      defaultResource: () => undefined,
      useGrantedResource: () => true,
      // The audience names the algorithm: https://es256.api.example
      getResourceServerInfo: (_, resource) => ({
        scope: SCOPE,
        audience: resource,
        accessTokenTTL: LIFE,
        accessTokenFormat: 'jwt',
        jwt: { sign: { alg: { es256: 'ES256', rs256: 'RS256', eddsa: 'EdDSA' }[new URL(resource).host.split('.')[0]] } },
      }),
    },
  },
});

async function firstRefreshToken(number) {
  const resource = 'https://es256.api.example';
  const app = await provider.Client.find('app');
  const grant = new provider.Grant({ accountId: `user-${number}`, clientId: 'app' });
  grant.addOIDCScope('offline_access');
  grant.addResourceScope(resource, SCOPE);
  const grantId = await grant.save();
  return new provider.RefreshToken({
    accountId: `user-${number}`,
    client: app,
    grantId,
    gty: 'authorization_code',
    resource,
    scope: `${SCOPE} offline_access`,
  }).save();
}

createServer(async (request, response) => {
  const count = Number(new URL(request.url, 'http://control').searchParams.get('count'));
  const tokens = await Promise.all(Array.from({ length: count }, (_, number) => firstRefreshToken(number)));
  response.end(JSON.stringify(tokens));
}).listen(controlPort, '127.0.0.1');
provider.listen(port, '127.0.0.1');
