// openid-client as a relying party, as its documentation shows it.
import * as client from "openid-client";
import { run, visit } from "./driver.mjs";

const EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange";
const TOKEN = "urn:ietf:params:oauth:token-type:access_token";

async function discover(settings, authentication, algorithm = "oidc") {
  return client.discovery(new URL(settings.issuer), settings.client_id, undefined, authentication, {
    algorithm,
    execute: [client.allowInsecureRequests],
  });
}

const bySecret = (settings) => client.ClientSecretBasic(settings.client_secret);

/** The whole way of a code; `more` are further parameters of the request. */
async function signIn(config, settings, more = {}, { pushed = false, DPoP } = {}) {
  const pkceCodeVerifier = client.randomPKCECodeVerifier();
  const expectedNonce = client.randomNonce();
  const expectedState = client.randomState();
  const parameters = {
    redirect_uri: settings.redirect_uri,
    scope: "openid email profile offline_access",
    code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: "S256",
    nonce: expectedNonce,
    state: expectedState,
    ...more,
  };
  const build = pushed ? client.buildAuthorizationUrlWithPAR : client.buildAuthorizationUrl;
  const answer = await visit(await build(config, parameters, { DPoP }));
  const expected = { pkceCodeVerifier, expectedNonce, expectedState, idTokenExpected: true };
  return client.authorizationCodeGrant(config, answer, expected, undefined, { DPoP });
}

await run({
  async code(settings) {
    const config = await discover(settings, bySecret(settings));
    const tokens = await signIn(config, settings, { max_age: "3600" });
    const claims = tokens.claims();
    const person = await client.fetchUserInfo(config, tokens.access_token, claims.sub);
    const refreshed = await client.refreshTokenGrant(config, tokens.refresh_token);
    const before = await client.tokenIntrospection(config, refreshed.access_token);
    await client.tokenRevocation(config, refreshed.refresh_token);
    const after = await client.tokenIntrospection(config, refreshed.access_token);
    return { person, claims, before: before.active, after: after.active };
  },

  async pushed_with_key(settings) {
    const config = await discover(settings, client.None());
    const DPoP = client.getDPoPHandle(config, await client.randomDPoPKeyPair());
    const tokens = await signIn(config, settings, {}, { pushed: true, DPoP });
    const refreshed = await client.refreshTokenGrant(config, tokens.refresh_token, undefined, {
      DPoP,
    });
    const sub = tokens.claims().sub;
    const person = await client.fetchUserInfo(config, refreshed.access_token, sub, { DPoP });
    return { type: refreshed.token_type, person };
  },

  async refused(settings) {
    const config = await discover(settings, bySecret(settings));
    try {
      await signIn(config, settings, { prompt: "none" });
    } catch (error) {
      return { error: error.error };
    }
  },

  async client_credentials(settings) {
    const key = await crypto.subtle.importKey(
      "jwk", settings.key, { name: "ECDSA", namedCurve: "P-256" }, false, ["sign"],
    );
    const config = await discover(settings, client.PrivateKeyJwt(key), "oauth2");
    const tokens = await client.clientCredentialsGrant(config, { resource: settings.issuer });
    return { scope: tokens.scope, refresh: tokens.refresh_token ?? null };
  },

  async device(settings) {
    const config = await discover(settings, client.None());
    const waiting = await client.initiateDeviceAuthorization(config, {
      scope: "openid org:read",
      resource: settings.issuer,
    });
    await visit(waiting.verification_uri_complete);
    const tokens = await client.pollDeviceAuthorizationGrant(config, waiting);
    return { scope: tokens.scope };
  },

  async token_exchange(settings) {
    const config = await discover(settings, bySecret(settings), "oauth2");
    const tokens = await client.genericGrantRequest(config, EXCHANGE, {
      subject_token: settings.subject_token,
      subject_token_type: TOKEN,
      resource: settings.issuer,
      scope: "org:read",
    });
    return { scope: tokens.scope, type: tokens.issued_token_type };
  },

  async sign_out(settings) {
    const config = await discover(settings, bySecret(settings));
    const tokens = await signIn(config, settings, { scope: "openid" });
    const ended = await visit(
      client.buildEndSessionUrl(config, {
        id_token_hint: tokens.id_token,
        post_logout_redirect_uri: settings.redirect_uri,
        state: "bye",
      }),
    );
    const { active } = await client.tokenIntrospection(config, tokens.access_token);
    return { ended: String(ended), active };
  },
});
