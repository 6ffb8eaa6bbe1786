// A small market and its platform, made up: prices that walk, orders in every state, fills, refusals. For tests only.

const SECOND = 1_000;
export const iso = (ms) => new Date(ms).toISOString().replace("Z", "000000Z");

/** A walk that is the same every time it is walked: tests see the same world. */
function chance(seed) {
  let state = seed;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 4_294_967_296;
    return state / 4_294_967_296;
  };
}

const INSTRUMENTS = [
  { id: "BINANCE:BTCUSDT", name: "BTCUSDT", kind: "crypto", currency: "USDT", price_scale: 2, quantity_scale: 5, lot: "0.00001", tick: 0.01, start: 60_512.37, calendar: "always", minimum_notional: "5" },
  { id: "BINANCE:ETHUSDT", name: "ETHUSDT", kind: "crypto", currency: "USDT", price_scale: 2, quantity_scale: 4, lot: "0.0001", tick: 0.01, start: 2_643.18, calendar: "always", minimum_notional: "5" },
  { id: "KRX:005930", name: "삼성전자", kind: "stock", currency: "KRW", price_scale: 0, quantity_scale: 0, lot: "1", tick: 100, start: 74_300, calendar: "krx", minimum_notional: "0" },
  { id: "UPBIT:KRW-BTC", name: "KRW-BTC", kind: "crypto", currency: "KRW", price_scale: 0, quantity_scale: 8, lot: "0.00000001", tick: 1_000, start: 84_120_000, calendar: "always", minimum_notional: "5000" },
];

const TEXT_CROSS = `strategy "Average cross" version 1
trade BINANCE:BTCUSDT on 1m
cash 10,000 USDT
buy when sma(close, 5) crosses above sma(close, 20)
sell when sma(close, 5) crosses below sma(close, 20)
`;
const TEXT_RSI = `strategy "RSI mean reversion" version 1
trade KRX:005930 on 1d
cash 10,000,000 KRW
buy when rsi(close, 14) < 30
sell when rsi(close, 14) > 55
`;

export class World {
  constructor(options = {}) {
    this.options = { isEmpty: false, hasLive: false, isFrozen: false, openOrders: 0, ...options };
    this.random = chance(7);
    this.startedAt = Date.now() - 3_600 * SECOND;
    this.serial = 100;
    this.kill = { engaged: false, acts: [], account: null, by: "", reason: "", at: null };
    this.instruments = this.options.isEmpty ? [] : INSTRUMENTS;
    this.price = Object.fromEntries(this.instruments.map((each) => [each.id, each.start]));
    this.priceAt = Object.fromEntries(this.instruments.map((each) => [each.id, Date.now()]));
    this.fills = [];
    this.orders = new Map();
    this.life = new Map();
    this.decisions = new Map();
    this.keys = [];
    this.answers = new Map();
    this.feedState = { demo: "live", krx: "live" };
    this.messages = 48_211;
    this.accounts = this.options.isEmpty ? [] : ["demo", ...(this.options.hasLive ? ["50123456-01"] : [])];
    this.strategies = this.options.isEmpty ? [] : this.firstStrategies();
    if (!this.options.isEmpty) this.makeHistory();
  }

  text(id, value) {
    return value.toFixed(INSTRUMENTS.find((each) => each.id === id).price_scale);
  }

  firstStrategies() {
    const now = Date.now();
    const decision = {
      run: "average-cross", sequence: 12, bar_open_at: iso(now - 240_000), at: iso(now - 180_000), outcome: "ordered",
      rule: "4: buy when sma(close, 5) crosses above sma(close, 20)", because: "sma(close, 5) crossed above sma(close, 20)",
      values: { "sma(close, 5)": "60511.02", "sma(close, 20)": "60508.44", close: "60512.37" }, orders: ["ord-0090"],
    };
    this.decisions.set("average-cross", [decision]);
    const base = { message: "", plan: "9f2c41d07be3", parameters: {}, started_at: iso(this.startedAt), account: "demo" };
    return [
      { ...base, run: "average-cross", name: "Average cross", instrument: "BINANCE:BTCUSDT", timeframe: "1m", state: "running", text: TEXT_CROSS, bars_seen: 214, bars_needed: 20, quantity: "0.05200", realised: "18.42", last_decision: decision },
      { ...base, run: "rsi-reversion", name: "RSI mean reversion", instrument: "KRX:005930", timeframe: "1d", state: "warming", text: TEXT_RSI, bars_seen: 9, bars_needed: 15, quantity: "0", realised: "0", last_decision: null, plan: "51aa07c2e9d4" },
    ];
  }

  makeHistory() {
    const now = Date.now();
    const plan = ["filled", "filled", "filled", "cancelled", "rejected", "filled", "filled", "expired", "filled", "filled"];
    for (let place = 0; place < 40; place += 1) {
      const isFirm = place % 3 !== 0;
      const instrument = isFirm ? "BINANCE:BTCUSDT" : "KRX:005930";
      this.makeOrder({
        id: `ord-${String(50 + place).padStart(4, "0")}`, instrument, side: place % 2 ? "sell" : "buy",
        kind: place % 4 === 1 ? "limit" : "market", quantity: isFirm ? "0.01200" : "10",
        limit_price: place % 4 === 1 ? this.text(instrument, INSTRUMENTS.find((each) => each.id === instrument).start) : null,
        at: now - (42 - place) * 60_000, state: plan[place % plan.length], run: isFirm ? "average-cross" : null,
      });
    }
    this.makeOrder({ id: "ord-0091", instrument: "BINANCE:ETHUSDT", side: "buy", kind: "limit", quantity: "0.5000", limit_price: "2601.50", at: now - 95_000, state: "working", run: null });
    this.makeOrder({ id: "ord-0092", instrument: "KRX:005930", side: "buy", kind: "limit", quantity: "15", limit_price: "73900", at: now - 60_000, state: "working", run: "rsi-reversion" });
    this.makeOrder({ id: "ord-0093", instrument: "UPBIT:KRW-BTC", side: "sell", kind: "market", quantity: "0.00500000", limit_price: null, at: now - 41_000, state: "unknown", run: null });
    for (let extra = 0; extra < this.options.openOrders; extra += 1)
      this.makeOrder({ id: `bulk-${String(extra).padStart(4, "0")}`, instrument: "BINANCE:ETHUSDT", side: "buy", kind: "limit", quantity: "0.0100", limit_price: "2500.00", at: now - 100_000 - extra, state: "working", run: null });
    if (this.options.hasLive)
      this.makeOrder({ id: "ord-0094", account: "50123456-01", instrument: "KRX:005930", side: "buy", kind: "limit", quantity: "3", limit_price: "70000", at: now - 30_000, state: "working", run: null });
  }

  makeOrder({ id, instrument, side, kind, quantity, limit_price, stop_price = null, at, state, run, account = "demo", reduce_only = false, timing = "now", time_in_force = "gtc" }) {
    const price = limit_price ?? this.text(instrument, this.price[instrument]);
    const isFilled = state === "filled";
    const strategy = run ? this.strategies.find((each) => each.run === run) : null;
    const order = {
      id, intent: `intent-${id}`, account, instrument, side, kind, quantity, limit_price, stop_price, timing, time_in_force, reduce_only, state,
      state_reason: { rejected: "insufficient margin at the venue", expired: "day order at the close", unknown: "no answer within 5 s" }[state] ?? "",
      state_since: iso(at + 12), filled: isFilled ? quantity : "0", leaves: isFilled ? "0" : quantity,
      average_price: isFilled ? price : "0", venue_order_id: ["pending", "sending", "unknown"].includes(state) ? null : `V-${id}`,
      created_at: iso(at), updated_at: iso(at + 12), correlation_id: `cor-${id}`, version: 3,
      source: strategy
        ? { origin: "strategy", actor: run, run, plan: strategy.plan, rule: "4: buy when sma(close, 5) crosses above sma(close, 20)", because: "sma(close, 5) crossed above sma(close, 20)", values: { "sma(close, 5)": "60511.02", "sma(close, 20)": "60508.44" } }
        : { origin: "person", actor: "owner", run: null, plan: "", rule: "", because: "", values: {} },
    };
    this.orders.set(id, order);
    this.life.set(id, this.firstEvents(order, at, price));
    if (isFilled) this.fills.unshift(this.fillOf(order, price, at + 12));
    return order;
  }

  event(order, kind, at, fields) {
    const known = this.life.get(order.id) ?? [];
    const started = known[0] ? Date.parse(known[0].at) : at;
    return { kind, version: known.length + 1, at: iso(at), since_start_ms: Math.max(0, at - started) + known.length * 0.41, correlation_id: order.correlation_id, causation_id: `cause-${order.id}-${known.length}`, fields };
  }

  firstEvents(order, at, price) {
    const events = [];
    const push = (kind, ms, fields) => events.push({ kind, version: events.length + 1, at: iso(at + ms), since_start_ms: ms + events.length * 0.41, correlation_id: order.correlation_id, causation_id: `cause-${order.id}-${events.length}`, fields });
    push("OrderIntended", 0, { approval_id: `apr-${order.id}`, quantity: order.quantity });
    push("OrderSendStarted", 1, {});
    if (order.state === "unknown") push("OrderBecameUnknown", 5_000, { reason: order.state_reason });
    else if (order.state === "rejected") push("OrderRejected", 9, { reason: order.state_reason });
    else {
      push("OrderAccepted", 6, { venue_order_id: `V-${order.id}` });
      if (order.state === "filled") push("OrderFilled", 12, { price, quantity: order.quantity, fee: "0.73" });
      if (order.state === "cancelled") push("OrderCancelled", 900, { cancelled: order.quantity, reason: "asked by owner" });
      if (order.state === "expired") push("OrderExpired", 9_000, { expired: order.quantity, reason: "day order at the close" });
    }
    return events;
  }

  fillOf(order, price, at) {
    const { currency } = INSTRUMENTS.find((each) => each.id === order.instrument);
    const notional = Number(price) * Number(order.quantity);
    return {
      id: `${order.instrument.split(":")[0]}/${order.id}`, order: order.id, account: order.account, instrument: order.instrument, side: order.side,
      quantity: order.quantity, price, notional: currency === "KRW" ? notional.toFixed(0) : notional.toFixed(4),
      fee: currency === "KRW" ? (notional * 0.00015).toFixed(0) : (notional * 0.001).toFixed(6), tax: "0", currency, at: iso(at), received_at: iso(at + 2),
    };
  }

  positions() {
    if (this.options.isEmpty) return [];
    const made = (instrument, quantity, cost, realised, account = "demo") => {
      const { name, currency } = INSTRUMENTS.find((each) => each.id === instrument);
      const places = currency === "KRW" ? 0 : 4;
      const value = quantity * this.price[instrument];
      return {
        account, instrument, name, currency, quantity: String(quantity), average_cost: String(cost), mark: this.text(instrument, this.price[instrument]),
        marked_at: iso(this.priceAt[instrument]), value: value.toFixed(places), realised, unrealised: (value - quantity * cost).toFixed(places),
        fees: currency === "KRW" ? "1240" : "6.1873", opened_at: iso(this.startedAt), updated_at: iso(Date.now()),
      };
    };
    return [
      made("BINANCE:BTCUSDT", 0.052, 60_488.125, "18.42"),
      made("KRX:005930", 120, 74_512.5, "-35400"),
      made("BINANCE:ETHUSDT", 0, 0, "4.9911"),
      ...(this.options.hasLive ? [made("KRX:005930", 7, 71_000, "0", "50123456-01")] : []),
    ];
  }

  portfolio() {
    const positions = this.positions();
    return this.accounts.map((account) => ({
      account, kind: account === "demo" ? "paper" : "live", broker: account === "demo" ? "paper" : "kis", at: iso(Date.now()),
      currencies: ["KRW", "USDT"].map((currency) => {
        const mine = positions.filter((each) => each.account === account && each.currency === currency);
        const total = (name) => mine.reduce((sum, each) => sum + Number(each[name]), 0);
        const places = currency === "KRW" ? 0 : 4;
        const cash = currency === "KRW" ? 41_058_260 : 6_854.6173;
        return {
          currency, cash: cash.toFixed(places), positions: total("value").toFixed(places), equity: (cash + total("value")).toFixed(places),
          realised: total("realised").toFixed(places), unrealised: total("unrealised").toFixed(places), fees: total("fees").toFixed(places),
          today: (total("unrealised") + total("realised")).toFixed(places), deposits: currency === "KRW" ? "50000000" : "10000",
        };
      }),
    }));
  }

  equity(currency, points) {
    const random = chance(currency === "KRW" ? 3 : 11);
    let value = currency === "KRW" ? 50_000_000 : 10_000;
    const step = value * 0.0006;
    const now = Date.now();
    const walk = Array.from({ length: Math.min(points, 180) }, () => (value += (random() - 0.49) * step));
    const now_worth = Number(this.portfolio()[0]?.currencies.find((each) => each.currency === currency)?.equity ?? value);
    return walk.map((worth, place) => ({
      at: iso(now - (180 - place) * 60_000),
      equity: (worth + now_worth - walk.at(-1)).toFixed(currency === "KRW" ? 0 : 4),
    }));
  }

  feeds() {
    if (this.options.isEmpty) return [];
    const feed = (name, instruments, description, speed) => ({
      feed: name, broker: "recorded", instruments, state: this.feedState[name], is_recorded: true, description, speed,
      last_message_at: iso(Date.now() - 300), age_ms: this.feedState[name] === "live" ? 300 : 94_000, messages: this.messages,
    });
    return [
      feed("demo", ["BINANCE:BTCUSDT", "BINANCE:ETHUSDT", "UPBIT:KRW-BTC"], "Binance BTCUSDT trades recorded 2024-08-09, replayed in a loop", 1),
      feed("krx", ["KRX:005930"], "005930 daily bars from 1999-09-16, one day a minute", 1440),
    ];
  }

  prices() {
    return this.instruments.map((each) => ({
      instrument: each.id, price: this.text(each.id, this.price[each.id]), at: iso(this.priceAt[each.id]), received_at: iso(this.priceAt[each.id]),
      session: "open", change: ((this.price[each.id] - each.start * 0.994) / (each.start * 0.994)).toFixed(5),
    }));
  }

  gauges() {
    if (this.options.isEmpty) return [];
    const gauge = (control, subject, limit, used, reserved, share) => ({ control, account: "demo", subject, limit, used, reserved, share });
    return [
      gauge("gross_exposure", "KRW", "40,000,000 KRW", "8,916,000 KRW", "1,108,500 KRW", "0.2506"),
      gauge("max_position_value", "KRX:005930", "12,000,000 KRW", "8,916,000 KRW", "1,108,500 KRW", "0.8354"),
      gauge("max_open_orders", "demo", "50", "2", "1", "0.06"),
      gauge("orders_per_second", "demo", "10 /s", "0 /s", "0 /s", "0"),
      gauge("daily_loss", "USDT", "500 USDT", "0 USDT", "0 USDT", "0"),
      gauge("price_collar", "demo", "10 %", "–", "–", null),
    ];
  }

  notices() {
    if (this.options.isEmpty) return [];
    return [{ id: "n-1", at: iso(Date.now() - 41_000), severity: "warning", subject: "order_unknown", text: "Order ord-0093 has no answer from the broker", values: { order: "ord-0093" } }];
  }

  series() {
    if (this.options.isEmpty) return [];
    const day = 86_400_000;
    const made = (instrument, timeframe, count, from, to, grade, findings, source) => ({ instrument, timeframe, count, first_at: iso(from), last_at: iso(to), grade, findings, source });
    const now = Date.now();
    return [
      made("BINANCE:BTCUSDT", "1m", 1_440, now - day, now, "A", {}, "live feed demo"),
      made("KRX:005930", "1d", 5_539, Date.UTC(1999, 8, 16), Date.UTC(2022, 2, 15), "B", { unexplained_gap: 12, duplicate: 1 }, "005930_1d.parquet"),
      made("UPBIT:KRW-BTC", "1h", 32_780, Date.UTC(2022, 0, 1), Date.UTC(2025, 8, 29), "D", { unexplained_gap: 18, jump: 3 }, "KRW-BTC_1h.csv"),
    ];
  }

  bars(instrument, timeframe, limit) {
    const known = INSTRUMENTS.find((each) => each.id === instrument);
    if (!known || this.options.isEmpty) return [];
    const step = { "1m": 60_000, "5m": 300_000, "1h": 3_600_000, "1d": 86_400_000 }[timeframe];
    if (!step || (known.calendar === "krx" && timeframe !== "1d")) return [];
    const count = Math.min(limit, 300);
    const lastOpen = Math.floor(Date.now() / step) * step - step;
    const random = chance(known.id.length * 31 + step);
    const walk = [known.start];
    for (let place = 1; place <= count; place += 1) walk.push(walk[place - 1] * (1 + (random() - 0.5) * 0.0016));
    walk.reverse();
    return Array.from({ length: count }, (_, place) => {
      const open = walk[place];
      const close = walk[place + 1];
      const round = (value) => Number((Math.round(value / known.tick) * known.tick).toFixed(known.price_scale));
      return [lastOpen - (count - 1 - place) * step, round(open), round(Math.max(open, close) * (1 + random() * 0.0005)), round(Math.min(open, close) * (1 - random() * 0.0005)), round(close), Number((random() * 12 + 1).toFixed(3))];
    });
  }

  snapshot() {
    const newest = [...this.orders.values()].sort((a, b) => (a.created_at < b.created_at ? 1 : -1));
    return {
      portfolio: this.portfolio(), positions: this.positions(), orders: newest.slice(0, Math.max(100, this.options.openOrders + 60)), strategies: this.strategies, feeds: this.feeds(),
      prices: this.prices(), kill: this.kill, notices: this.notices(), gauges: this.gauges(),
    };
  }

  /** A tenth of a second of market. Returns the changes it made. */
  step(tenth) {
    if (this.options.isEmpty || this.options.isFrozen) return [];
    const changes = [];
    for (const each of this.instruments) {
      if (this.random() < 0.6) continue;
      const feed = each.id === "KRX:005930" ? "krx" : "demo";
      if (this.feedState[feed] !== "live") continue;
      const moved = this.price[each.id] * (1 + (this.random() - 0.5) * 0.00008);
      this.price[each.id] = Math.round(moved / each.tick) * each.tick;
      this.priceAt[each.id] = Date.now();
      this.messages += 1;
    }
    changes.push(...this.prices().map((data) => ({ topic: "price", data })));
    if (tenth % 5 === 0) {
      changes.push(...this.portfolio().map((data) => ({ topic: "portfolio", data })));
      for (const account of this.accounts) changes.push({ topic: "positions", data: { account, positions: this.positions().filter((each) => each.account === account) } });
    }
    if (tenth % 10 === 0) changes.push(...this.feeds().map((data) => ({ topic: "feed", data })));
    return changes;
  }

  changed(order, state, more = {}) {
    const next = { ...order, ...more, state, state_since: iso(Date.now()), updated_at: iso(Date.now()), version: order.version + 1 };
    this.orders.set(order.id, next);
    return next;
  }
}

export { INSTRUMENTS };
