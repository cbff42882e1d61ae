// openid-client, unmodified: one scenario a run. Speaks JSON lines: {open: url} asks the test to play the person and to
// answer with the address that the browser came back to; {result: ...} or {error: ...} is the last line.
import { createInterface } from 'node:readline'
import * as client from 'openid-client'

const given = JSON.parse(process.env.SCENARIO)
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]()
const say = (line) => process.stdout.write(JSON.stringify(line) + '\n')
const execute = given.issuer.startsWith('http:') ? [client.allowInsecureRequests] : []

async function open(url) {
  say({ open: url.href ?? url })
  const { value } = await lines.next()
  return new URL(JSON.parse(value))
}

const discover = (method, metadata) =>
  client.discovery(new URL(given.issuer), given.client_id, metadata, method, { execute })

function methodOf() {
  if (given.method === 'none') return client.None()
  const secret = given.scenario === 'registration' ? undefined : given.client_secret // what it is registered with
  return given.method === 'client_secret_post' ? client.ClientSecretPost(secret) : client.ClientSecretBasic(secret)
}

async function keyOf(pkcs8, name) {
  const bytes = Uint8Array.from(atob(pkcs8), (character) => character.charCodeAt(0))
  return crypto.subtle.importKey('pkcs8', bytes, name, false, ['sign'])
}

const P256 = { name: 'ECDSA', namedCurve: 'P-256' }

async function signIn(config, { parameters = {}, build, exchange } = {}) {
  const verifier = client.randomPKCECodeVerifier()
  const [state, nonce] = [client.randomState(), client.randomNonce()]
  const asked = {
    redirect_uri: given.redirect_uri,
    scope: given.scope,
    code_challenge: await client.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    state,
    nonce,
    ...parameters,
  }
  const url = await (build ?? client.buildAuthorizationUrl)(config, asked)
  const checks = { pkceCodeVerifier: verifier, expectedState: state, expectedNonce: nonce, idTokenExpected: true }
  return client.authorizationCodeGrant(config, await open(url), checks, undefined, exchange)
}

async function life(config, tokens, options) {
  const { sub } = tokens.claims()
  const userinfo = await client.fetchUserInfo(config, tokens.access_token, sub, options)
  const refreshed = await client.refreshTokenGrant(config, tokens.refresh_token, undefined, options)
  const introspected = await client.tokenIntrospection(config, refreshed.access_token)
  await client.tokenRevocation(config, refreshed.refresh_token)
  const after = await client.tokenIntrospection(config, refreshed.access_token)
  return { claims: tokens.claims(), token_type: tokens.token_type, userinfo, refreshed, introspected, after }
}

const scenarios = {
  async discovery() {
    const metadata = (await discover(methodOf())).serverMetadata()
    return { issuer: metadata.issuer, pkce: metadata.supportsPKCE(), metadata }
  },

  async oauth_discovery() {
    const options = { execute, algorithm: 'oauth2' }
    const config = await client.discovery(new URL(given.issuer), given.client_id, undefined, methodOf(), options)
    return { issuer: config.serverMetadata().issuer }
  },

  async code() {
    const config = await discover(methodOf())
    return life(config, await signIn(config))
  },

  // A public client is told nothing of tokens at /introspect: it asks for userinfo and refreshes.
  async public() {
    const config = await discover(methodOf())
    const tokens = await signIn(config)
    const refreshed = await client.refreshTokenGrant(config, tokens.refresh_token)
    const userinfo = await client.fetchUserInfo(config, refreshed.access_token, tokens.claims().sub)
    await client.tokenRevocation(config, refreshed.refresh_token)
    const again = await client.refreshTokenGrant(config, refreshed.refresh_token).catch((error) => error.error)
    return { userinfo, again }
  },

  async logout() {
    const config = await discover(methodOf())
    const tokens = await signIn(config)
    const url = client.buildEndSessionUrl(config, {
      id_token_hint: tokens.id_token,
      post_logout_redirect_uri: given.post_logout_redirect_uri,
      state: 'bye',
    })
    return { back: (await open(url)).href }
  },

  async client_credentials() {
    const config = await discover(methodOf())
    const tokens = await client.clientCredentialsGrant(config, { scope: given.scope, ...given.parameters })
    return { tokens, introspected: await client.tokenIntrospection(config, tokens.access_token) }
  },

  async device() {
    const config = await discover(methodOf())
    const begun = await client.initiateDeviceAuthorization(config, { scope: given.scope })
    await open(begun.verification_uri_complete)
    const tokens = await client.pollDeviceAuthorizationGrant(config, { ...begun, interval: 1 })
    return { begun, userinfo: await client.fetchUserInfo(config, tokens.access_token, tokens.claims().sub) }
  },

  async private_key_jwt() {
    const key = await keyOf(given.private_key, P256)
    const config = await discover(client.PrivateKeyJwt({ key, kid: given.kid }))
    return life(config, await signIn(config))
  },

  async par() {
    const config = await discover(methodOf())
    let pushed
    const build = async (...asked) => (pushed = await client.buildAuthorizationUrlWithPAR(...asked))
    const lived = await life(config, await signIn(config, { build }))
    return { ...lived, asked: [...pushed.searchParams.keys()].sort(), request_uri: pushed.searchParams.get('request_uri') }
  },

  async jar() {
    const key = await keyOf(given.private_key, P256)
    const config = await discover(methodOf())
    const build = (own, asked) => client.buildAuthorizationUrlWithJAR(own, asked, { key, kid: given.kid })
    return life(config, await signIn(config, { build }))
  },

  async jarm() {
    const config = await discover(methodOf())
    client.useJwtResponseMode(config)
    return life(config, await signIn(config))
  },

  async dpop() {
    const config = await discover(methodOf())
    const DPoP = client.getDPoPHandle(config, await client.randomDPoPKeyPair(given.alg ?? 'ES256'))
    return life(config, await signIn(config, { exchange: { DPoP } }), { DPoP })
  },

  // What FAPI 2.0 is made of: keys instead of secrets, pushed requests, bound tokens.
  async fapi() {
    const key = await keyOf(given.private_key, P256)
    const config = await discover(client.PrivateKeyJwt({ key, kid: given.kid }))
    const DPoP = client.getDPoPHandle(config, await client.randomDPoPKeyPair())
    const build = (own, asked) => client.buildAuthorizationUrlWithPAR(own, asked, { DPoP })
    return life(config, await signIn(config, { build, exchange: { DPoP } }), { DPoP })
  },

  async registration() {
    const metadata = { client_name: 'openid-client', redirect_uris: [given.redirect_uri], ...given.registered }
    const options = { execute, initialAccessToken: given.initial_access_token }
    const config = await client.dynamicClientRegistration(new URL(given.issuer), metadata, methodOf(), options)
    return { registered: config.clientMetadata(), ...(await life(config, await signIn(config))) }
  },

  async token_exchange() {
    const config = await discover(methodOf())
    const grant = 'urn:ietf:params:oauth:grant-type:token-exchange'
    const tokens = await client.genericGrantRequest(config, grant, given.parameters)
    return { tokens, introspected: await client.tokenIntrospection(config, tokens.access_token) }
  },

  async refused() {
    const config = await discover(methodOf())
    const said = {}
    for (const [name, ask] of Object.entries({
      client: () => client.clientCredentialsGrant(config, {}),
      refresh: () => client.refreshTokenGrant(config, 'rt_never_was'),
    })) {
      await ask().catch((error) => (said[name] = { error: error.error, status: error.status, code: error.code }))
    }
    return said
  },
}

try {
  say({ result: await scenarios[given.scenario]() })
} catch (error) {
  const { name, message, code, error: refused, error_description, cause } = error
  say({ error: { name, message, code, refused, error_description, cause: cause?.stack ?? JSON.stringify(cause) ?? error.stack } })
}
process.exit(0)
