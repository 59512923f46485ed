// A relying party on npm openid-client: /login starts, /cb finishes and answers the claims as JSON.
import http from 'node:http'
import * as client from 'openid-client'

const { ISSUER, CLIENT_ID, CLIENT_SECRET, PORT } = process.env
const redirect_uri = `http://127.0.0.1:${PORT}/cb`
const config = await client.discovery(new URL(ISSUER), CLIENT_ID, CLIENT_SECRET, undefined, {
  execute: [client.allowInsecureRequests],
})
let flow

async function login(response) {
  const code_verifier = client.randomPKCECodeVerifier()
  flow = { code_verifier, state: client.randomState(), nonce: client.randomNonce() }
  const url = client.buildAuthorizationUrl(config, {
    redirect_uri,
    scope: 'openid profile',
    code_challenge: await client.calculatePKCECodeChallenge(code_verifier),
    code_challenge_method: 'S256',
    state: flow.state,
    nonce: flow.nonce,
  })
  response.writeHead(303, { location: url.href }).end()
}

async function callback(request, response) {
  const tokens = await client.authorizationCodeGrant(config, new URL(request.url, redirect_uri), {
    pkceCodeVerifier: flow.code_verifier,
    expectedState: flow.state,
    expectedNonce: flow.nonce,
    idTokenExpected: true,
  })
  const claims = tokens.claims()
  const userinfo = await client.fetchUserInfo(config, tokens.access_token, claims.sub)
  const refreshed = await client.refreshTokenGrant(config, tokens.refresh_token)
  response.writeHead(200, { 'content-type': 'application/json' })
  response.end(JSON.stringify({ claims, userinfo, refreshed: Boolean(refreshed.access_token) }))
}

http
  .createServer((request, response) => {
    const { pathname } = new URL(request.url, redirect_uri)
    const handle = { '/login': login, '/cb': callback }[pathname]
    if (!handle) return response.writeHead(404).end()
    const done = pathname === '/login' ? handle(response) : handle(request, response)
    return done.catch((error) => response.writeHead(500).end(String(error.cause ?? error)))
  })
  .listen(Number(PORT), '127.0.0.1')
