// What the made-up platform answers over REST: the same shapes, statuses and refusals as the gateway's.
import { INSTRUMENTS, iso } from "./world.mjs";

const problem = (status, type, detail, more = {}) => ({
  status,
  body: { type, title: type, status, detail, correlation_id: `mock-${Math.random().toString(36).slice(2, 10)}`, ...more },
  isProblem: true,
});
const ok = (body, status = 200) => ({ status, body });
const decimal = /^\d+(\.\d+)?$/;

function tickOf(id) {
  const { tick, price_scale: scale } = INSTRUMENTS.find((each) => each.id === id);
  return { tick, text: (value) => value.toFixed(scale), label: tick < 1 ? tick.toFixed(scale) : String(tick) };
}

function place(server, body, key) {
  const { world } = server;
  const before = world.answers.get(key);
  if (before) return before.text === JSON.stringify(body) ? before.answer : problem(422, "refused", "the same key came with other terms; use a new key", { control: "idempotency", limit: "one order per key", value: key });
  const answer = judged(server, body, key);
  world.answers.set(key, { text: JSON.stringify(body), answer });
  return answer;
}

function judged(server, body, key) {
  const { world } = server;
  const refuse = (control, limit, value, detail) => {
    const data = {
      order: `refused-${world.serial}`, intent: key, account: body.account, control, limit, value, message: detail, at: iso(Date.now()),
      source: { origin: "person", actor: "owner", run: null, plan: "", rule: "", because: "", values: {} }, instrument: body.instrument, side: body.side, quantity: body.quantity,
    };
    world.serial += 1;
    server.tell([{ topic: "refusal", data }]);
    return problem(422, "refused", detail, { control, limit, value });
  };
  if (!decimal.test(body.quantity ?? "")) return problem(422, "bad_input", "the body does not fit", { errors: [{ field: "quantity", message: "expected a decimal number as text" }] });
  if (world.kill.engaged && !body.reduce_only) return refuse("kill_switch", "frozen", "new order", "trading is frozen by the kill switch; a person must reset it first");
  const instrument = INSTRUMENTS.find((each) => each.id === body.instrument);
  const notional = Number(body.quantity) * Number(body.limit_price ?? world.price[body.instrument]);
  const most = instrument.currency === "KRW" ? 5_000_000 : 5_000;
  if (notional > most && !body.reduce_only)
    return refuse("max_order_value", `${most.toLocaleString("en")} ${instrument.currency}`, `${Math.round(notional).toLocaleString("en")} ${instrument.currency}`, `expected at most ${most} ${instrument.currency} per order; lower the quantity or split the order`);
  world.serial += 1;
  const id = `ord-${String(world.serial).padStart(4, "0")}`;
  const order = world.makeOrder({ ...body, id, limit_price: body.limit_price ?? null, stop_price: body.stop_price ?? null, at: Date.now(), state: "working", run: null });
  server.tell([{ topic: "order", data: order }]);
  if (body.kind === "market") setTimeout(() => fill(server, id), 60);
  return ok({ order: id, intent: order.intent, state: "approved", approval: { id: `apr-${id}`, expires_at: iso(Date.now() + 2_000) }, correlation_id: order.correlation_id }, 202);
}

export function fill(server, id) {
  const { world } = server;
  const order = world.orders.get(id);
  if (!order || order.state !== "working") return;
  const price = world.text(order.instrument, world.price[order.instrument]);
  const next = world.changed(order, "filled", { filled: order.quantity, leaves: "0", average_price: price });
  world.life.get(id).push(world.event(next, "OrderFilled", Date.now(), { price, quantity: order.quantity }));
  world.fills.unshift(world.fillOf(next, price, Date.now()));
  server.tell([{ topic: "order", data: next }]);
}

function cancel(server, order) {
  const { world } = server;
  const asked = world.changed(order, "cancel_pending");
  server.tell([{ topic: "order", data: asked }]);
  setTimeout(() => {
    const done = world.changed(world.orders.get(order.id), "cancelled", { leaves: "0", state_reason: "asked by owner" });
    world.life.get(order.id).push(world.event(done, "OrderCancelled", Date.now(), { cancelled: order.leaves, reason: "asked by owner" }));
    server.tell([{ topic: "order", data: done }]);
  }, 120);
  return asked;
}

const isOpen = (order) => ["pending", "sending", "unknown", "working", "cancel_pending"].includes(order.state);
const newest = (world) => [...world.orders.values()].sort((a, b) => (a.created_at < b.created_at ? 1 : -1));

function check(text) {
  const diagnostics = text.split("\n").flatMap((line, place) => {
    const found = /\bsmma\b|close\[-\d+\]/.exec(line);
    return found
      ? [{ code: found[0].startsWith("close") ? "J310" : "J202", severity: "error", line: place + 1, column: found.index + 1, end_line: place + 1, end_column: found.index + 1 + found[0].length, message: `unknown name ${found[0]}`, excerpt: line, hint: "did you mean sma?" }]
      : [];
  });
  return { ok: diagnostics.length === 0, diagnostics };
}

function stateOf(server, run, state) {
  const { world } = server;
  world.strategies = world.strategies.map((each) => (each.run === run ? { ...each, state } : each));
  const data = world.strategies.find((each) => each.run === run);
  server.tell([{ topic: "strategy", data }]);
  return data;
}

/** Path pattern, method, and the answer. `:x` in a pattern is given as `at.x`. */
export const ROUTES = [
  ["GET", "/health", () => ok({ status: "ok", version: "0.1.0", profile: "embedded", started_at: iso(Date.now() - 3_600_000), components: {} })],
  ["GET", "/session", ({ server }) => ok({ name: "owner", scope: server.scope, csrf: "csrf-of-the-mock", expires_at: iso(Date.now() + 3_600_000) })],
  ["DELETE", "/session", ({ server }) => ((server.isSignedIn = false), { status: 204 })],
  ["GET", "/portfolio", ({ world }) => ok({ accounts: world.portfolio() })],
  ["GET", "/portfolio/equity", ({ world, query }) => ok({ points: world.equity(query.get("currency"), Number(query.get("points") ?? 500)) })],
  ["GET", "/positions", ({ world }) => ok({ positions: world.positions() })],
  ["GET", "/fills", ({ world, query }) => ok({ fills: world.fills.slice(0, Number(query.get("limit") ?? 100)) })],
  ["GET", "/orders", ({ world, query }) => {
    let rows = newest(world);
    if (query.get("open") === "true") rows = rows.filter(isOpen);
    for (const name of ["account", "instrument"]) if (query.get(name)) rows = rows.filter((order) => order[name] === query.get(name));
    if (query.get("run")) rows = rows.filter((order) => order.source.run === query.get("run"));
    if (query.get("before")) rows = rows.slice(rows.findIndex((order) => order.id === query.get("before")) + 1);
    const page = rows.slice(0, Number(query.get("limit") ?? 100));
    return ok({ orders: page, next: page.length < rows.length ? page.at(-1).id : null });
  }],
  ["POST", "/orders", ({ server, body, key }) => (key ? place(server, body, key) : problem(400, "bad_input", "Idempotency-Key is missing"))],
  ["POST", "/orders/cancel", ({ server, world, body }) =>
    ok({ orders: newest(world).filter((order) => isOpen(order) && (!body.account || order.account === body.account) && (!body.instrument || order.instrument === body.instrument) && (!body.run || order.source.run === body.run)).map((order) => cancel(server, order)) }, 202)],
  ["GET", "/orders/:id/life", ({ world, at }) => (world.orders.has(at.id) ? ok({ order: world.orders.get(at.id), events: world.life.get(at.id) }) : problem(404, "not_found", `no order ${at.id}`))],
  ["POST", "/orders/:id/cancel", ({ server, world, at }) => {
    const order = world.orders.get(at.id);
    return order && isOpen(order) ? ok({ order: cancel(server, order) }, 202) : problem(409, "conflict", "nothing to cancel: the order has ended");
  }],
  ["GET", "/orders/:id", ({ world, at }) => (world.orders.has(at.id) ? ok(world.orders.get(at.id)) : problem(404, "not_found", `no order ${at.id}`))],
  ["GET", "/instruments", ({ world }) => ok({ instruments: world.instruments.map((each) => ({
    id: each.id, venue: each.id.split(":")[0], name: each.name, kind: each.kind, currency: each.currency, price_scale: each.price_scale, quantity_scale: each.quantity_scale,
    lot: each.lot, minimum_quantity: each.lot, minimum_notional: each.minimum_notional, calendar: each.calendar,
    reference: { price: world.text(each.id, world.price[each.id]), at: iso(world.priceAt[each.id]), received_at: iso(world.priceAt[each.id]), session: "open", stale: false },
  })) })],
  ["GET", "/instruments/:id/tick", ({ at, query }) => {
    const { tick, text, label } = tickOf(at.id);
    const units = Number(query.get("price")) / tick;
    const isOn = Math.abs(units - Math.round(units)) < 1e-6;
    return ok({ tick: label, down: text((isOn ? Math.round(units) - 1 : Math.floor(units)) * tick), up: text((isOn ? Math.round(units) + 1 : Math.ceil(units)) * tick) });
  }],
  ["GET", "/bars", ({ world, query }) => {
    const instrument = INSTRUMENTS.find((each) => each.id === query.get("instrument"));
    return ok({ instrument: query.get("instrument"), timeframe: query.get("timeframe"), price_scale: instrument?.price_scale ?? 2, bars: world.bars(query.get("instrument"), query.get("timeframe"), Number(query.get("limit") ?? 500)) });
  }],
  ["GET", "/series", ({ world }) => ok({ series: world.series() })],
  ["GET", "/feeds", ({ world }) => ok({ feeds: world.feeds() })],
  ["GET", "/strategies", ({ world }) => ok({ strategies: world.strategies })],
  ["POST", "/strategies/check", ({ body }) => ok(check(body.text))],
  ["POST", "/strategies", ({ server, world, body }) => {
    if (!check(body.text).ok) return problem(422, "refused", "the program has errors", { diagnostics: check(body.text).diagnostics });
    world.strategies = [...world.strategies, { ...body, name: body.run, instrument: "KRX:005930", timeframe: "1d", state: "warming", message: "", plan: "77aa01", parameters: {}, started_at: iso(Date.now()), bars_seen: 0, bars_needed: 60, quantity: "0", realised: "0", last_decision: null }];
    return ok(stateOf(server, body.run, "warming"), 201);
  }],
  ["GET", "/strategies/:run/decisions", ({ world, at }) => ok({ decisions: world.decisions.get(at.run) ?? [] })],
  ["POST", "/strategies/:run/start", ({ server, at }) => ok(stateOf(server, at.run, "running"))],
  ["POST", "/strategies/:run/stop", ({ server, world, at }) => {
    newest(world).filter((order) => isOpen(order) && order.source.run === at.run).forEach((order) => cancel(server, order));
    return ok(stateOf(server, at.run, "stopped"));
  }],
  ["GET", "/risk", ({ world }) => ok({ gauges: world.gauges(), kill: world.kill })],
  ["GET", "/kill", ({ world }) => ok(world.kill)],
  ["POST", "/kill", ({ server, world, body }) => {
    world.kill = { engaged: true, acts: body.acts, account: body.account ?? null, by: "owner", reason: body.reason ?? "", at: iso(Date.now()) };
    server.tell([{ topic: "kill", data: world.kill }]);
    if (body.acts.includes("cancel")) newest(world).filter(isOpen).forEach((order) => cancel(server, order));
    return ok(world.kill);
  }],
  ["POST", "/kill/reset", ({ server, world }) => {
    world.kill = { engaged: false, acts: [], account: null, by: "owner", reason: "", at: iso(Date.now()) };
    server.tell([{ topic: "kill", data: world.kill }]);
    return ok(world.kill);
  }],
  ["GET", "/api-keys", ({ world }) => ok({ api_keys: world.keys })],
  ["POST", "/api-keys", ({ world, body }) => {
    const made = { id: `key-${world.keys.length + 1}`, prefix: "jts_3fa9", name: body.name, scope: body.scope, created_at: iso(Date.now()), expires_at: body.expires_at ?? null, last_used_at: null, revoked_at: null };
    world.keys = [made, ...world.keys];
    return ok({ ...made, key: "jts_3fa9_shown-once" }, 201);
  }],
  ["DELETE", "/api-keys/:id", ({ world, at }) => ((world.keys = world.keys.filter((key) => key.id !== at.id)), { status: 204 })],
  ["GET", "/sessions", ({ world }) => ok({ sessions: world.options.isEmpty ? [] : [{ id: "ses-1", name: "owner", scope: "owner", created_at: iso(Date.now() - 3_600_000), expires_at: iso(Date.now() + 3_600_000), last_seen_at: iso(Date.now()), current: true }] })],
  ["DELETE", "/sessions/:id", () => ({ status: 204 })],
  ["GET", "/notices", () => ok({ notices: [] })],
];

export { problem };
