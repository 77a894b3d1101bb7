// An OpenID provider: node-oidc-provider with its own pages for signing in and consenting. Whoever
// signs in as NAME is NAME@example.com; verified, unless the name begins with "unverified".
import { createServer } from "node:http";
import Provider from "oidc-provider";

const [redirectUri] = process.argv.slice(2);
const server = createServer();
server.listen(0, "127.0.0.1", () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: "argus",
        client_secret: "the secret of argus",
        redirect_uris: [redirectUri],
        grant_types: ["authorization_code", "refresh_token"],
      },
    ],
    claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["name"] },
    cookies: { keys: ["of this test"] },
    findAccount: (_context, id) => ({
      accountId: id,
      claims: () => ({
        sub: id,
        email: `${id}@example.com`,
        email_verified: !id.startsWith("unverified"),
        name: `${id} of the provider`,
      }),
    }),
    issueRefreshToken: () => true,
    pkce: { required: () => true },
  });
  server.on("request", provider.callback());
  console.log(issuer);
});
