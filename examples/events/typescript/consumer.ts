// Counts clicks by link and day from events alone. It may be killed at any moment, and goes on where it was.
// How events come is the business of `over-websockets.ts` and `over-http.ts`; both read
//
//     CREATRAIL_URL     https://api.brand.example/graphql
//     CREATRAIL_KEY     ct_live_…, with the scope READ
//     STATE             a file for what it knows; clicks.jsonl unless it says otherwise
//     FILTER            which clicks, as JSON, such as {"campaignIds": ["…"]}; all unless it says otherwise
//
// A line of the file holds an event, the click it told of and the cursor after it: they are never apart, and a line
// that was cut short by a kill is told again.

import { appendFileSync, existsSync, readFileSync, renameSync, truncateSync, writeFileSync } from "node:fs";

type Verdict = "HUMAN" | "SUSPECT" | "BOT";
type Counting = "UNIQUE" | "REPEAT" | Exclude<Verdict, "HUMAN"> | "PREVIEW" | "PREFETCH" | "TEST";
type Range = { from: string | null; to: string };

type Click = {
  id: string;
  day: string;
  counting: Counting;
  verdict: { verdict: Verdict; class: string };
  link: { id: string };
};

type ClickEvent =
  | { __typename: "ClickRecorded" | "ClickReclassified"; cursor: string; id: string; sequence: number; click: Click }
  | { __typename: "EventGap"; cursor: string; reason: string; missed: Range }
  | { __typename: "StreamReady" | "StreamCheckpoint"; cursor: string };

type Problem = { message: string; extensions?: { code?: unknown } };
type Page = { nodes: Click[]; pageInfo: { hasNextPage: boolean; endCursor: string | null } };
type Line = { cursor?: string; clicks: Click[]; id?: string; sequence?: number };

export type Told = { data?: unknown; errors?: readonly Problem[] };
export type Subscribe = (query: string, variables: Record<string, unknown>) => AsyncIterable<Told>;

const CLICK = "id day counting verdict { verdict class } link { id }";
const EVENTS = `
  subscription ($filter: ClickFilter, $start: StreamStart) {
    clicks(filter: $filter, start: $start) {
      __typename
      ... on StreamEvent { cursor }
      ... on TrackedEvent { id sequence }
      ... on ClickRecorded { click { ${CLICK} } }
      ... on ClickReclassified { click { ${CLICK} } }
      ... on EventGap { reason missed { from to } }
    }
  }
`;
const LIST = `
  query ($filter: ClickFilter, $order: ClickOrder, $after: String) {
    clicks(filter: $filter, orderBy: $order, first: 100, after: $after) {
      nodes { ${CLICK} }
      pageInfo { hasNextPage endCursor }
    }
  }
`;
const COLUMN_OF_CLASS: Record<string, string> = {
  PREVIEW: "previewFetches",
  PREFETCH: "prefetches",
  TEST: "testClicks",
};
const COLUMN_OF_VERDICT = { HUMAN: "humanClicks", SUSPECT: "suspectClicks", BOT: "botClicks" };
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 30_000;
const LINES_TO_SPARE = 10_000;
// To ask again would bring the same answer: the credential has ended, or the request is wrong.
const FINAL_CODES = new Set<unknown>([
  "UNAUTHENTICATED",
  "FORBIDDEN",
  "BAD_USER_INPUT",
  "GRAPHQL_VALIDATION_FAILED",
  "QUERY_TOO_COMPLEX",
]);

/** Why asking again is of no use. */
export class Refused extends Error {}

/** The last state that was told of each click, and the cursor after it. */
export class State {
  cursor: string | undefined;
  private readonly clicks = new Map<string, Click>();

  constructor(private readonly path: string) {
    const text = existsSync(path) ? readFileSync(path, "utf8") : "";
    const whole = text.slice(0, text.lastIndexOf("\n") + 1);
    if (whole !== text) truncateSync(path, Buffer.byteLength(whole));
    const lines = whole.split("\n").slice(0, -1);
    for (const line of lines) this.take(JSON.parse(line) as Line);
    if (lines.length > LINES_TO_SPARE + 4 * this.clicks.size) this.rewrite();
  }

  /** All of it or nothing. Told twice, a click stays one click: what is kept is its state. */
  keep(line: Line): void {
    appendFileSync(this.path, JSON.stringify(line) + "\n");
    this.take(line);
  }

  /** What a report says of the same links and days. */
  count(): Record<string, string | number>[] {
    const rows = new Map<string, Record<string, string | number>>();
    for (const click of this.clicks.values()) {
      const key = `${click.day} ${click.link.id}`;
      const row = rows.get(key) ?? { link: click.link.id, day: click.day };
      rows.set(key, row);
      const column = COLUMN_OF_CLASS[click.verdict.class] ?? COLUMN_OF_VERDICT[click.verdict.verdict];
      const names = ["totalClicks", column];
      if (click.counting === "UNIQUE") names.push("uniqueClicks");
      if (click.counting === "REPEAT") names.push("repeatClicks");
      for (const name of names) row[name] = Number(row[name] ?? 0) + 1;
    }
    return [...rows.keys()].sort().map((key) => rows.get(key)!);
  }

  private take(line: Line): void {
    for (const click of line.clicks) this.clicks.set(click.id, click);
    this.cursor = line.cursor ?? this.cursor;
  }

  private rewrite(): void {
    const line: Line = { cursor: this.cursor, clicks: [...this.clicks.values()] };
    writeFileSync(`${this.path}.new`, JSON.stringify(line) + "\n", { flush: true });
    renameSync(`${this.path}.new`, this.path);
  }
}

/** Until it is stopped, or the service says that asking again is of no use. Every other loss is waited out. */
export async function follow(state: State, subscribe: Subscribe): Promise<never> {
  let waitMs = FIRST_WAIT_MS;
  for (;;) {
    const heard = state.cursor;
    try {
      await listen(state, subscribe);
    } catch (error) {
      if (error instanceof Refused) throw error;
      console.error("lost:", (error as { message?: string }).message ?? error);
    }
    waitMs = state.cursor === heard ? Math.min(waitMs * 2, LONGEST_WAIT_MS) : FIRST_WAIT_MS;
    await new Promise((resolve) => setTimeout(resolve, Math.random() * waitMs)); // so that not all come back at once
  }
}

/** As long as the connection holds. */
async function listen(state: State, subscribe: Subscribe): Promise<void> {
  const start = state.cursor === undefined ? { latest: true } : { after: state.cursor };
  for await (const told of subscribe(EVENTS, { filter: readFilter(), start })) {
    const event = read<{ clicks: ClickEvent }>(told).clicks;
    if (state.cursor === undefined) {
      await readAgain(state, { from: null, to: null }); // all that was there before it came
    } else if (event.__typename === "EventGap") {
      await readAgain(state, event.missed);
    }
    if ("click" in event) {
      const { cursor, id, sequence, click } = event;
      state.keep({ cursor, id, sequence, clicks: [click] });
    } else {
      state.keep({ cursor: event.cursor, clicks: [] });
    }
    if (event.__typename === "StreamReady") console.error("caught up");
  }
}

/** What was stored in an interval, and what was changed in it. Killed here, it has the same gap before it again. */
async function readAgain(state: State, missed: { from: string | null; to: string | null }): Promise<void> {
  for (const name of missed.from === null ? ["recorded"] : ["recorded", "changed"]) {
    const filter = { ...readFilter(), [`${name}From`]: missed.from, [`${name}To`]: missed.to };
    const order = { field: `${name.toUpperCase()}_AT`, direction: "ASC" };
    let after: string | null = null;
    do {
      const page: Page = (await ask<{ clicks: Page }>(LIST, { filter, order, after })).clicks;
      state.keep({ clicks: page.nodes });
      after = page.pageInfo.hasNextPage ? page.pageInfo.endCursor : null;
    } while (after !== null);
  }
}

async function ask<Data>(query: string, variables: Record<string, unknown>): Promise<Data> {
  const headers = { "Content-Type": "application/json", Accept: "application/json", Authorization: authorization() };
  const body = JSON.stringify({ query, variables });
  const answer = await fetch(setting("CREATRAIL_URL"), { method: "POST", headers, body });
  return read<Data>((await answer.json()) as Told);
}

function read<Data>(told: Told): Data {
  if (told.errors === undefined) return told.data as Data;
  const message = told.errors.map((problem) => problem.message).join(" ");
  throw told.errors.some((problem) => FINAL_CODES.has(problem.extensions?.code))
    ? new Refused(message)
    : new Error(message);
}

/** What never changes about a click. What can change would have clicks leave the list of `LIST` without a word. */
function readFilter(): Record<string, unknown> {
  return JSON.parse(process.env["FILTER"] ?? "{}") as Record<string, unknown>;
}

export function authorization(): string {
  return `Bearer ${setting("CREATRAIL_KEY")}`;
}

export function setting(name: string): string {
  const value = process.env[name];
  if (value === undefined) throw new Refused(`${name} is missing`);
  return value;
}

/** `counts` prints what was counted, a line for each link and day; nothing: follow. */
export async function run(subscribe: Subscribe): Promise<void> {
  const state = new State(process.env["STATE"] ?? "clicks.jsonl");
  if (process.argv[2] === "counts") {
    for (const row of state.count()) console.log(JSON.stringify(row));
  } else {
    await follow(state, subscribe);
  }
}
