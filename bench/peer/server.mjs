// oidc-provider 9.13.3 benchmark peer: code+PKCE, refresh, client_credentials, introspection, revocation, userinfo.
import cluster from 'node:cluster';
import * as fs from 'node:fs';
import * as crypto from 'node:crypto';
import http from 'node:http';
const PORT = +(process.env.PORT || 4001), ISSUER = `http://127.0.0.1:${PORT}`, WORKERS = +(process.env.WORKERS || 2);
const KEYS = new URL('./keys.json', import.meta.url);
if (cluster.isPrimary) {
  if (!fs.existsSync(KEYS)) {
    const rsa = crypto.generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ format: 'jwk' });
    const ec = crypto.generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' });
    const salt = crypto.randomBytes(16);
    fs.writeFileSync(KEYS, JSON.stringify({ keys: [{ ...rsa, use: 'sig', alg: 'RS256', kid: 'r1' }, { ...ec, use: 'sig', alg: 'ES256', kid: 'e1' }],
      cookie: crypto.randomBytes(32).toString('hex'), salt: salt.toString('hex') }), { mode: 0o600 });
  }
  for (let i = 0; i < WORKERS; i++) cluster.fork();
  cluster.on('exit', (w) => { if (!w.exitedAfterDisconnect) process.exit(1); });
} else {
  const { default: Provider } = await import('oidc-provider');
  const { default: RedisAdapter } = await import('./redis_adapter.mjs');
  const k = JSON.parse(fs.readFileSync(KEYS));
  // one demo user 'alice' / 'correct-horse-battery'; password check = scrypt N=2^14 (node default), async
  const scrypt = (p) => new Promise((r, j) => crypto.scrypt(p, k.salt, 32, (e, d) => (e ? j(e) : r(d))));
  const want = await scrypt('correct-horse-battery');
  const users = { alice: { sub: 'alice', name: 'Alice Example', email: 'alice@example.org', email_verified: true } };
  const provider = new Provider(ISSUER, {
    adapter: RedisAdapter,
    jwks: { keys: k.keys },
    cookies: { keys: [k.cookie] },
    clients: [
      { client_id: 'bench-web', client_secret: 'bench-web-secret-0123456789abcdef', redirect_uris: ['http://127.0.0.1:9999/cb'],
        grant_types: ['authorization_code', 'refresh_token'], response_types: ['code'], token_endpoint_auth_method: 'client_secret_basic', id_token_signed_response_alg: 'RS256' },
      { client_id: 'bench-web-es', client_secret: 'bench-web-secret-0123456789abcdef', redirect_uris: ['http://127.0.0.1:9999/cb'],
        grant_types: ['authorization_code', 'refresh_token'], response_types: ['code'], token_endpoint_auth_method: 'client_secret_basic', id_token_signed_response_alg: 'ES256' },
      { client_id: 'bench-cc', client_secret: 'bench-cc-secret-0123456789abcdef', redirect_uris: [], grant_types: ['client_credentials'], response_types: [], scope: 'read', token_endpoint_auth_method: 'client_secret_basic' },
      { client_id: 'bench-rs', client_secret: 'bench-rs-secret-0123456789abcdef', redirect_uris: [], grant_types: [], response_types: [], token_endpoint_auth_method: 'client_secret_basic' },
    ],
    scopes: ['openid', 'offline_access', 'read'],
    claims: { openid: ['sub'], profile: ['name'], email: ['email', 'email_verified'] },
    features: { devInteractions: { enabled: false }, clientCredentials: { enabled: true },
      introspection: { enabled: true, allowedPolicy: async () => true }, revocation: { enabled: true, allowedPolicy: async () => true },
      // JWT access tokens (RFC 9068) when a resource is asked for (RS256, or ES256 for the one so named), opaque otherwise
      resourceIndicators: { enabled: true, defaultResource: () => undefined, useGrantedResource: () => false,
        getResourceServerInfo: (_ctx, resource) => ({ scope: 'read', accessTokenFormat: 'jwt', accessTokenTTL: 3600,
          jwt: { sign: { alg: resource.endsWith(':es256') ? 'ES256' : 'RS256' } } }) } },
    pkce: { required: () => true },
    ttl: { AccessToken: 3600, AuthorizationCode: 60, IdToken: 3600, RefreshToken: 1209600, Session: 1209600, Interaction: 3600, Grant: 1209600, ClientCredentials: 3600 },
    findAccount: async (_ctx, id) => (users[id] ? { accountId: id, claims: async () => users[id] } : undefined),
    interactions: { url: (_ctx, i) => `/interaction/${i.uid}` },
    // first-party client: consent granted without a page (as skip_authorization in the Django peer)
    loadExistingGrant: async (ctx) => {
      const gid = ctx.oidc.result?.consent?.grantId || ctx.oidc.session.grantIdFor(ctx.oidc.client.clientId);
      const old = gid && await ctx.oidc.provider.Grant.find(gid); if (old) return old;
      const g = new ctx.oidc.provider.Grant({ clientId: ctx.oidc.client.clientId, accountId: ctx.oidc.session.accountId });
      g.addOIDCScope('openid profile email offline_access read'); await g.save(); return g;
    },
    // its own default rotates a confidential client's token only late in life; here each use rotates, as ours does
    rotateRefreshToken: true,
    issueRefreshToken: async (_ctx, client) => client.grantTypeAllowed('refresh_token'),
  });
  const cb = provider.callback();
  http.createServer(async (req, res) => {
    const m = /^\/interaction\/([^/?]+)$/.exec(req.url.split('?')[0]);
    if (!m) return cb(req, res);
    try {
      if (req.method === 'GET') {
        await provider.interactionDetails(req, res);
        res.setHeader('content-type', 'text/html; charset=utf-8');
        return res.end(`<!doctype html><form method="post"><input name="login"><input name="password" type="password"><button class="login-submit">Sign in</button></form>`);
      }
      let body = ''; for await (const c of req) body += c;
      const f = new URLSearchParams(body);
      const ok = crypto.timingSafeEqual(await scrypt(f.get('password') || ''), want) && users[f.get('login')];
      if (!ok) { res.statusCode = 401; return res.end('bad credentials'); }
      return await provider.interactionFinished(req, res, { login: { accountId: f.get('login') } }, { mergeWithLastSubmission: false });
    } catch (e) { res.statusCode = 400; res.end(String(e.message)); }
  }).listen(PORT, '127.0.0.1');
}
