// Clicks over server-sent events:    npm ci && npm run build && node built/over-http.js
// `node built/over-http.js counts` prints what was counted. What it needs: see `consumer.ts`.

import { createClient, NetworkError } from "graphql-sse";

import { authorization, Refused, run, setting, type Told } from "./consumer.js";

async function* subscribe(query: string, variables: Record<string, unknown>): AsyncGenerator<Told> {
  const client = createClient({
    url: setting("CREATRAIL_URL"),
    headers: { Authorization: authorization() },
    retryAttempts: 0, // it would begin with the same cursor again: `follow` knows a newer one
  });
  try {
    for await (const told of client.iterate({ query, variables })) yield told as Told;
  } catch (error) {
    const status = error instanceof NetworkError ? (error.response as { status?: number } | undefined)?.status : 0;
    throw status === 401 || status === 403 ? new Refused(`${status}`) : error;
  } finally {
    client.dispose();
  }
}

await run(subscribe);
