// A relying party on npm oauth4webapi, which checks every rule itself and forgives nothing.
import http from 'node:http'
import * as oauth from 'oauth4webapi'

const { ISSUER, CLIENT_ID, CLIENT_SECRET, PORT } = process.env
const redirect_uri = `http://127.0.0.1:${PORT}/cb`
const insecure = { [oauth.allowInsecureRequests]: true }
const issuer = new URL(ISSUER)
const as = await oauth.processDiscoveryResponse(
  issuer,
  await oauth.discoveryRequest(issuer, { algorithm: 'oidc', ...insecure }),
)
const client = { client_id: CLIENT_ID }
const authentication = oauth.ClientSecretBasic(CLIENT_SECRET)
let flow

async function login(request, response) {
  const verifier = oauth.generateRandomCodeVerifier()
  flow = { verifier, state: oauth.generateRandomState(), nonce: oauth.generateRandomNonce() }
  const url = new URL(as.authorization_endpoint)
  const parameters = {
    client_id: CLIENT_ID,
    redirect_uri,
    response_type: 'code',
    scope: 'openid profile',
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    state: flow.state,
    nonce: flow.nonce,
  }
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value)
  response.writeHead(303, { location: url.href }).end()
}

async function callback(request, response) {
  const current = new URL(request.url, redirect_uri)
  const parameters = oauth.validateAuthResponse(as, client, current, flow.state)
  const answer = await oauth.authorizationCodeGrantRequest(
    as, client, authentication, parameters, redirect_uri, flow.verifier, insecure,
  )
  const tokens = await oauth.processAuthorizationCodeResponse(as, client, answer, {
    expectedNonce: flow.nonce,
    requireIdToken: true,
  })
  const claims = oauth.getValidatedIdTokenClaims(tokens)
  const info = await oauth.userInfoRequest(as, client, tokens.access_token, insecure)
  const userinfo = await oauth.processUserInfoResponse(as, client, claims.sub, info)
  const asked = await oauth.introspectionRequest(
    as, client, authentication, tokens.access_token, insecure,
  )
  const introspected = await oauth.processIntrospectionResponse(as, client, asked)
  response.writeHead(200, { 'content-type': 'application/json' })
  response.end(JSON.stringify({ claims, userinfo, active: introspected.active }))
}

http
  .createServer((request, response) => {
    const handle = { '/login': login, '/cb': callback }[new URL(request.url, redirect_uri).pathname]
    if (!handle) return response.writeHead(404).end()
    return handle(request, response).catch((error) => response.writeHead(500).end(String(error.stack)))
  })
  .listen(Number(PORT), '127.0.0.1')
