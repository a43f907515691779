// Receives webhooks about clicks and keeps what they say last, however often and in whatever order they come.
//
//     npm ci && npm run build && node built/receiver.js
//     node built/receiver.js clicks      prints what it knows, a line for each click
//
// with
//
//     SECRET            whsec_…, as `createWebhook` answered it; after `rotateWebhookSecret` the new one
//     PORT              9000 unless it says otherwise
//     STATE             a file for what it knows; received.jsonl unless it says otherwise
//
// It answers 204 once what came is in the file. What takes long is for somebody who reads the file.

import { appendFileSync, existsSync, readFileSync, truncateSync } from "node:fs";
import { createServer, type IncomingMessage } from "node:http";

import { Webhook, WebhookVerificationError } from "standardwebhooks";

type Click = { id: string };
type ClickEvent = {
  type: "click.recorded" | "click.reclassified";
  sequence: number;
  matchesFilter?: boolean;
  data: Click;
};
type Told = ClickEvent | { type: "batch"; data: { events: ClickEvent[] } } | { type: "ping" };

const MAX_BYTES = 2_000_000;
const path = process.env["STATE"] ?? "received.jsonl";
const known = new Map<string, ClickEvent>();

/** Retries overtake each other: what has the higher sequence holds, and the same one told again changes nothing. */
function isNews(event: ClickEvent): boolean {
  return event.type.startsWith("click.") && event.sequence > (known.get(event.data.id)?.sequence ?? -1);
}

/** A click that no longer matches the endpoint's filter stays known as such. */
function keep(events: ClickEvent[]): void {
  for (const event of events.filter(isNews)) {
    appendFileSync(path, JSON.stringify(event) + "\n");
    known.set(event.data.id, event);
  }
}

/** A line that was cut short by a kill was never answered, and comes again. */
function load(): void {
  const text = existsSync(path) ? readFileSync(path, "utf8") : "";
  const whole = text.slice(0, text.lastIndexOf("\n") + 1);
  if (whole !== text) truncateSync(path, Buffer.byteLength(whole));
  const events = whole.split("\n").slice(0, -1).map((line) => JSON.parse(line) as ClickEvent);
  for (const event of events.filter(isNews)) known.set(event.data.id, event);
}

async function read(request: IncomingMessage): Promise<string> {
  let body = "";
  for await (const chunk of request.setEncoding("utf8")) {
    body += chunk;
    if (body.length > MAX_BYTES) throw new RangeError("too large");
  }
  return body;
}

function serve(secret: Webhook): void {
  createServer(async (request, response) => {
    try {
      const told = secret.verify(await read(request), request.headers as Record<string, string>) as Told;
      if (told.type === "batch") keep(told.data.events);
      else if (told.type !== "ping") keep([told]);
      response.writeHead(204).end();
    } catch (error) {
      const status = error instanceof WebhookVerificationError ? 401 : error instanceof RangeError ? 413 : 500;
      response.writeHead(status, { Connection: "close" }).end();
    }
  }).listen(Number(process.env["PORT"] ?? "9000"), "127.0.0.1");
}

load();
if (process.argv[2] === "clicks") {
  for (const event of known.values()) if (event.matchesFilter !== false) console.log(JSON.stringify(event.data));
} else {
  serve(new Webhook(process.env["SECRET"] ?? ""));
}
