// The page's stand-in platform: serves dist/, speaks the REST and stream shapes, and misbehaves on request.
// POST /mock/control {world?, silent?, cut?, delayMs?, loseReplies?, signedIn?, scope?, price?, feed?, orders?, fill?, build?, overlap?}
// GET /mock/log: every POST and DELETE that arrived. One instance per test run; loopback only.
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { WebSocketServer } from "ws";
import { fill, problem, ROUTES } from "./routes.mjs";
import { iso, World } from "./world.mjs";

const DIST = fileURLToPath(new URL("../dist/", import.meta.url));
const TYPES = { ".html": "text/html; charset=utf-8", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml", ".png": "image/png", ".webmanifest": "application/manifest+json" };
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; manifest-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";
const BODY_MAX = 1 << 20;

const server = {
  world: new World(),
  isSignedIn: true,
  scope: "owner",
  isSilent: false,
  delayMs: 0,
  losesReplies: false,
  build: "",
  log: [],
  clients: new Set(),
  /** Say these changes to every follower, now. */
  tell(changes) {
    if (server.isSilent) return;
    for (const client of server.clients) client.tell(changes);
  },
};

function control(body) {
  if (body.world) {
    server.world = new World(body.world);
    server.log = [];
    for (const client of server.clients) client.socket.terminate();
  }
  if (body.silent !== undefined) server.isSilent = body.silent;
  if (body.cut) for (const client of server.clients) client.socket.terminate();
  if (body.delayMs !== undefined) server.delayMs = body.delayMs;
  if (body.loseReplies !== undefined) server.losesReplies = body.loseReplies;
  if (body.signedIn !== undefined) server.isSignedIn = body.signedIn;
  if (body.scope) server.scope = body.scope;
  if (body.build !== undefined) server.build = body.build;
  if (body.price) {
    server.world.price[body.price.instrument] = body.price.value;
    server.world.priceAt[body.price.instrument] = Date.now();
    server.tell(server.world.prices().map((data) => ({ topic: "price", data })));
  }
  if (body.feed) {
    server.world.feedState[body.feed.name] = body.feed.state;
    server.tell(server.world.feeds().map((data) => ({ topic: "feed", data })));
  }
  for (const order of body.orders ?? []) server.tell([{ topic: "order", data: server.world.makeOrder({ at: Date.now(), run: null, ...order }) }]);
  if (body.fill) fill(server, body.fill);
  if (body.bar) server.tell([{ topic: "bar", data: body.bar }]);
  if (body.overlap) for (const client of server.clients) client.repeat();
}

async function bodyOf(request) {
  const parts = [];
  let size = 0;
  for await (const part of request) {
    size += part.length;
    if (size > BODY_MAX) throw new Error("too large");
    parts.push(part);
  }
  const text = Buffer.concat(parts).toString("utf8");
  return text ? JSON.parse(text) : {};
}

function send(response, { status, body, isProblem }) {
  response.writeHead(status, { "Content-Type": isProblem ? "application/problem+json" : "application/json", "Cache-Control": "no-store", "X-Correlation-Id": body?.correlation_id ?? "mock" });
  response.end(body === undefined ? undefined : JSON.stringify(body));
}

function matched(pattern, path) {
  const wanted = pattern.split("/");
  const given = path.split("/");
  if (wanted.length !== given.length) return null;
  const at = {};
  for (const [place, part] of wanted.entries()) {
    if (part.startsWith(":")) at[part.slice(1)] = decodeURIComponent(given[place]);
    else if (part !== given[place]) return null;
  }
  return at;
}

async function api(request, response, url) {
  const path = url.pathname.slice("/api/v1".length);
  const body = await bodyOf(request);
  const key = request.headers["idempotency-key"];
  if (request.method !== "GET") server.log.push({ method: request.method, path, body, key: key ?? null, csrf: request.headers["x-jts-csrf"] ?? null, at: Date.now() });
  if (server.delayMs > 0) await new Promise((resolve) => setTimeout(resolve, server.delayMs));
  if (!server.isSignedIn && path !== "/health") return send(response, problem(401, "unauthenticated", "sign in first"));
  if (request.method !== "GET" && request.headers["x-jts-csrf"] !== "csrf-of-the-mock") return send(response, problem(403, "forbidden", "the CSRF header is missing or wrong"));
  for (const [method, pattern, answer] of ROUTES) {
    const at = method === request.method ? matched(pattern, path) : null;
    if (!at) continue;
    const said = answer({ server, world: server.world, query: url.searchParams, body, key, at });
    if (server.losesReplies && request.method === "POST") return request.socket.destroy();
    return send(response, said);
  }
  return send(response, problem(404, "not_found", `nothing at ${path}`));
}

async function page(response, path) {
  const wanted = normalize(path).replace(/^(\.\.[/\\])+/, "");
  const name = extname(wanted) ? wanted : "/index.html";
  try {
    let body = await readFile(join(DIST, name));
    if (name === "/sw.js" && server.build) body = Buffer.concat([body, Buffer.from(`\n// build ${server.build}`)]);
    response.writeHead(200, {
      "Content-Type": TYPES[extname(name)] ?? "application/octet-stream",
      "Cache-Control": name.startsWith("/assets/") ? "public, max-age=31536000, immutable" : "no-cache",
      "Content-Security-Policy": POLICY,
      "X-Content-Type-Options": "nosniff",
      "Referrer-Policy": "no-referrer",
      "Cross-Origin-Opener-Policy": "same-origin",
    });
    response.end(body);
  } catch {
    response.writeHead(404, { "Content-Type": "text/plain" });
    response.end("not built: run npm run build");
  }
}

const http = createServer((request, response) => {
  const url = new URL(request.url, "http://mock");
  const answer = async () => {
    if (url.pathname === "/mock/control") {
      control(await bodyOf(request));
      return send(response, { status: 200, body: {} });
    }
    if (url.pathname === "/mock/log") return send(response, { status: 200, body: { log: server.log } });
    if (url.pathname === "/welcome") {
      server.isSignedIn = true;
      response.writeHead(303, { Location: "/" });
      return response.end();
    }
    return url.pathname.startsWith("/api/") ? api(request, response, url) : page(response, url.pathname);
  };
  answer().catch((error) => send(response, problem(500, "internal", String(error))));
});

const sockets = new WebSocketServer({ noServer: true });
http.on("upgrade", (request, socket, head) => {
  if (!server.isSignedIn || new URL(request.url, "http://mock").pathname !== "/api/v1/stream") {
    socket.end("HTTP/1.1 401 Unauthorized\r\n\r\n");
    return;
  }
  sockets.handleUpgrade(request, socket, head, (opened) => {
    let sequence = 41;
    let last = "";
    let isPaused = false;
    const say = (frame) => {
      if (server.isSilent || opened.readyState !== opened.OPEN) return;
      last = JSON.stringify({ at: iso(Date.now()), ...frame });
      opened.send(last);
    };
    const client = {
      socket: opened,
      tell: (changes) => {
        const told = isPaused ? changes.filter((change) => change.topic !== "price") : changes;
        if (told.length === 0) return;
        sequence += 1;
        say({ type: "delta", sequence, changes: told });
      },
      repeat: () => opened.send(last), // the same frame again: what overlaps the snapshot must not count twice
      beat: () => say({ type: "heartbeat", sequence }),
    };
    opened.on("message", (data) => {
      const { type } = JSON.parse(String(data));
      if (type === "pause") isPaused = true;
      else if (type === "resume") isPaused = false;
      else opened.close(1008);
    });
    opened.on("close", () => server.clients.delete(client));
    opened.on("error", () => opened.terminate());
    say({ type: "snapshot", sequence, data: server.world.snapshot() });
    server.clients.add(client);
  });
});

let tenth = 0;
setInterval(() => {
  tenth += 1;
  const changes = server.world.step(tenth);
  if (changes.length > 0) server.tell(changes);
  if (tenth % 10 === 0) for (const client of server.clients) client.beat();
}, 100);

const place = process.argv.indexOf("--port");
const port = place > 0 ? Number(process.argv[place + 1]) : 18300;
http.listen(port, "127.0.0.1", () => console.log(`mock platform at http://127.0.0.1:${http.address().port}/`));
