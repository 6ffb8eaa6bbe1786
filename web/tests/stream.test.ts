import { expect, test } from "vitest";
import type { Order } from "../src/api/types";
import { barOfFill, formed, merged } from "../src/chart/bars";
import { steady } from "../src/parts/steady";
import { afterChanges, NOTHING_YET, withOrders } from "../src/stream/live";
import { judge } from "../src/stream/sequence";

const heartbeat = (sequence: number) => ({ type: "heartbeat" as const, sequence, at: "" });
const delta = (sequence: number) => ({ type: "delta" as const, sequence, at: "", changes: [] });

function order(id: string, version: number, filled = "0"): Order {
  return { id, version, filled, state: "working", created_at: id } as Order;
}

test("deltas are applied in sequence, repeats dropped, gaps noticed", () => {
  expect(judge(delta(42), 41)).toBe("apply");
  expect(judge(delta(41), 41)).toBe("drop");
  expect(judge(delta(43), 41)).toBe("gap");
  expect(judge(delta(1), null)).toBe("gap");
});

test("a heartbeat that counts further than we do tells of something missed", () => {
  expect(judge(heartbeat(41), 41)).toBe("apply");
  expect(judge(heartbeat(42), 41)).toBe("gap");
});

test("an older version of an order never overwrites a newer one", () => {
  const known = withOrders(null, [order("a", 3)]);
  expect(withOrders(known, [order("a", 2)])["a"]!.version).toBe(3);
  expect(withOrders(known, [order("a", 4)])["a"]!.version).toBe(4);
  expect(Object.keys(withOrders(known, [order("b", 1)]))).toEqual(["a", "b"]);
});

test("an order that filled further makes the fills be read again, any other change does not", () => {
  const live = { ...NOTHING_YET, orders: { a: order("a", 1) } };
  expect(afterChanges(live, [{ topic: "order", data: order("a", 2) }], 0).fillsSeen).toBe(0);
  expect(afterChanges(live, [{ topic: "order", data: order("a", 2, "5") }], 0).fillsSeen).toBe(1);
});

test("held rows keep their sequence and newcomers are counted", () => {
  const rows = ["c", "b", "a"];
  expect(steady(rows, null, (row) => row)).toEqual({ rows, waiting: 0 });
  expect(steady(["d", "c", "b", "a"], rows, (row) => row)).toEqual({ rows, waiting: 1 });
  expect(steady(["d", "b", "a"], rows, (row) => row)).toEqual({ rows: ["b", "a"], waiting: 1 });
});

test("the forming bar opens, stretches, and gives way to the next", () => {
  const closed: [number, number, number, number, number, number] = [0, 10, 12, 9, 11, 5];
  const opened = formed(null, closed, 60_000, 61_000, "11.5");
  expect(opened).toEqual([60_000, 11.5, 11.5, 11.5, 11.5, 0]);
  expect(formed(opened, closed, 60_000, 70_000, "10.5")).toEqual([60_000, 11.5, 11.5, 10.5, 10.5, 0]);
  expect(formed(opened, closed, 60_000, 120_000, "12")![0]).toBe(120_000);
  expect(formed(null, closed, 60_000, 59_999, "12")).toBeNull();
});

test("a fill belongs to the bar it happened in, and to none before the first", () => {
  const bars = merged([], [[0, 1, 1, 1, 1, 1], [60_000, 1, 1, 1, 1, 1]]);
  const at = (ms: number) => barOfFill({ at: new Date(ms).toISOString() } as never, bars, 60_000);
  expect([at(0), at(59_999), at(60_000), at(125_000), at(-1)]).toEqual([0, 0, 60_000, 120_000, null]);
});
