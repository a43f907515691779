// Clicks over graphql-transport-ws:    npm ci && npm run build && node built/over-websockets.js
// `node built/over-websockets.js counts` prints what was counted. What it needs: see `consumer.ts`.

import type { GraphQLError } from "graphql";
import { createClient } from "graphql-ws";
import { WebSocket } from "ws";

import { authorization, Refused, run, setting, type Told } from "./consumer.js";

const PING_EVERY_MS = 15_000;
const PONG_WITHIN_MS = 10_000;
const FINAL_CLOSES = new Set([4400, 4401, 4403, 4406]); // the credential has ended, or the request is wrong

async function* subscribe(query: string, variables: Record<string, unknown>): AsyncGenerator<Told> {
  let silence: NodeJS.Timeout | undefined;
  const client = createClient({
    url: setting("CREATRAIL_URL").replace(/^http/, "ws"),
    webSocketImpl: WebSocket, // Node has one of its own from 22 on
    connectionParams: { Authorization: authorization() },
    retryAttempts: 0, // it would begin with the same cursor again: `follow` knows a newer one
    keepAlive: PING_EVERY_MS,
    on: {
      // A connection that died without a word looks like one on which nothing happens.
      ping: (received) => {
        if (!received) silence = setTimeout(() => client.terminate(), PONG_WITHIN_MS);
      },
      pong: (received) => {
        if (received) clearTimeout(silence);
      },
    },
  });
  try {
    for await (const told of client.iterate({ query, variables })) yield told as Told;
  } catch (error) {
    if (Array.isArray(error)) return yield { errors: error as GraphQLError[] };
    const { code, reason } = error as { code?: number; reason?: string };
    throw code === undefined ? error : new (FINAL_CLOSES.has(code) ? Refused : Error)(`${code} ${reason}`);
  } finally {
    clearTimeout(silence);
    await client.dispose();
  }
}

await run(subscribe);
