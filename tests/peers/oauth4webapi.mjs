// oauth4webapi as a relying party, as its examples show it.
import * as oauth from "oauth4webapi";
import { run, visit } from "./driver.mjs";

const insecure = { [oauth.allowInsecureRequests]: true };
const EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange";
const TOKEN = "urn:ietf:params:oauth:token-type:access_token";

async function discover(settings, algorithm = "oidc") {
  const issuer = new URL(settings.issuer);
  const answer = await oauth.discoveryRequest(issuer, { algorithm, ...insecure });
  return oauth.processDiscoveryResponse(issuer, answer);
}

/** The whole way of a code, with a pushed request bound to a key where `DPoP` is given. */
async function signIn(as, client, authentication, settings, scope, DPoP) {
  const verifier = oauth.generateRandomCodeVerifier();
  const state = oauth.generateRandomState();
  const nonce = oauth.generateRandomNonce();
  const parameters = new URLSearchParams({
    client_id: client.client_id,
    redirect_uri: settings.redirect_uri,
    response_type: "code",
    scope,
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: "S256",
    state,
    nonce,
  });
  const url = new URL(as.authorization_endpoint);
  if (DPoP) {
    const options = { DPoP, ...insecure };
    const answer = await oauth.pushedAuthorizationRequest(
      as, client, authentication, parameters, options,
    );
    const pushed = await oauth.processPushedAuthorizationResponse(as, client, answer);
    url.searchParams.set("client_id", client.client_id);
    url.searchParams.set("request_uri", pushed.request_uri);
  } else {
    url.search = parameters;
  }
  const told = oauth.validateAuthResponse(as, client, await visit(url), state);
  const answer = await oauth.authorizationCodeGrantRequest(
    as, client, authentication, told, settings.redirect_uri, verifier, { DPoP, ...insecure },
  );
  const expected = { expectedNonce: nonce, requireIdToken: true };
  const tokens = await oauth.processAuthorizationCodeResponse(as, client, answer, expected);
  await oauth.validateApplicationLevelSignature(as, answer, insecure);
  return tokens;
}

async function isActive(as, client, authentication, token) {
  const answer = await oauth.introspectionRequest(as, client, authentication, token, insecure);
  return (await oauth.processIntrospectionResponse(as, client, answer)).active;
}

await run({
  async code(settings) {
    const as = await discover(settings);
    const client = { client_id: settings.client_id };
    const authentication = oauth.ClientSecretPost(settings.client_secret);
    const scope = "openid profile email offline_access";
    const tokens = await signIn(as, client, authentication, settings, scope);
    const { sub } = oauth.getValidatedIdTokenClaims(tokens);
    const told = await oauth.userInfoRequest(as, client, tokens.access_token, insecure);
    const person = await oauth.processUserInfoResponse(as, client, sub, told);
    const answer = await oauth.refreshTokenGrantRequest(
      as, client, authentication, tokens.refresh_token, insecure,
    );
    const refreshed = await oauth.processRefreshTokenResponse(as, client, answer);
    const before = await isActive(as, client, authentication, refreshed.access_token);
    await oauth.processRevocationResponse(
      await oauth.revocationRequest(as, client, authentication, refreshed.refresh_token, insecure),
    );
    const after = await isActive(as, client, authentication, refreshed.access_token);
    return { person, before, after };
  },

  async pushed_with_key(settings) {
    const as = await discover(settings);
    const client = { client_id: settings.client_id };
    const DPoP = oauth.DPoP(client, await oauth.generateKeyPair("ES256"));
    const tokens = await signIn(
      as, client, oauth.None(), settings, "openid profile offline_access", DPoP,
    );
    const answer = await oauth.refreshTokenGrantRequest(
      as, client, oauth.None(), tokens.refresh_token, { DPoP, ...insecure },
    );
    const refreshed = await oauth.processRefreshTokenResponse(as, client, answer);
    const { sub } = oauth.getValidatedIdTokenClaims(tokens);
    const told = await oauth.userInfoRequest(
      as, client, refreshed.access_token, { DPoP, ...insecure },
    );
    const person = await oauth.processUserInfoResponse(as, client, sub, told);
    return { type: refreshed.token_type, person };
  },

  async client_credentials(settings) {
    const as = await discover(settings, "oauth2");
    const client = { client_id: settings.client_id };
    const key = await crypto.subtle.importKey(
      "jwk", settings.key, { name: "ECDSA", namedCurve: "P-256" }, false, ["sign"],
    );
    const answer = await oauth.clientCredentialsGrantRequest(
      as, client, oauth.PrivateKeyJwt(key), { resource: settings.issuer }, insecure,
    );
    const tokens = await oauth.processClientCredentialsResponse(as, client, answer);
    const request = new Request(settings.issuer, {
      headers: { authorization: `Bearer ${tokens.access_token}` },
    });
    const claims = await oauth.validateJwtAccessToken(as, request, settings.issuer, insecure);
    return { scope: tokens.scope, refresh: tokens.refresh_token ?? null, sub: claims.sub };
  },

  async device(settings) {
    const as = await discover(settings, "oauth2");
    const client = { client_id: settings.client_id };
    const parameters = { scope: "openid org:read", resource: settings.issuer };
    const begun = await oauth.deviceAuthorizationRequest(
      as, client, oauth.None(), parameters, insecure,
    );
    const waiting = await oauth.processDeviceAuthorizationResponse(as, client, begun);
    await visit(waiting.verification_uri_complete);
    const answer = await oauth.deviceCodeGrantRequest(
      as, client, oauth.None(), waiting.device_code, insecure,
    );
    const tokens = await oauth.processDeviceCodeResponse(as, client, answer);
    return { scope: tokens.scope };
  },

  async token_exchange(settings) {
    const as = await discover(settings, "oauth2");
    const client = { client_id: settings.client_id };
    const parameters = {
      subject_token: settings.subject_token,
      subject_token_type: TOKEN,
      resource: settings.issuer,
      scope: "org:read",
    };
    const answer = await oauth.genericTokenEndpointRequest(
      as, client, oauth.ClientSecretBasic(settings.client_secret), EXCHANGE, parameters, insecure,
    );
    const tokens = await oauth.processGenericTokenEndpointResponse(as, client, answer);
    return { scope: tokens.scope, type: tokens.issued_token_type };
  },
});
