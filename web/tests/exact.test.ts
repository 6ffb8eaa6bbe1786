import { expect, test } from "vitest";
import { compare, grouped, isMultiple, movedBps, multiply, parse, plain, round, subtract } from "../src/numbers/exact";

const number = (text: string) => parse(text)!;

test("money that a float would spoil stays exact", () => {
  expect(plain(subtract(number("0.3"), number("0.1")))).toBe("0.2");
  expect(plain(multiply(number("74300"), number("0.1")))).toBe("7430.0");
  expect(grouped(number("90071992547409931234.00000001"))).toBe("90,071,992,547,409,931,234.00000001");
});

test("only plain decimal numbers are numbers", () => {
  expect(["", "abc", "NaN", "Infinity", "1e9999", "１２", "1.2.3", "--1"].map(parse)).toEqual(Array(8).fill(null));
  expect(plain(number("1,234.50"))).toBe("1234.50");
  expect(plain(number("1.5e3"))).toBe("1500");
  expect(plain(number("-2.5E-3"))).toBe("-0.0025");
});

test("rounding is half away from zero, on both sides", () => {
  expect(["2.4", "2.5", "-2.4", "-2.5"].map((text) => plain(round(number(text), 0)))).toEqual(["2", "3", "-2", "-3"]);
});

test("a price is on the grid, or it is not", () => {
  expect(isMultiple(number("74100"), number("100"))).toBe(true);
  expect(isMultiple(number("74150"), number("100"))).toBe(false);
  expect(isMultiple(number("60512.37"), number("0.01"))).toBe(true);
  expect(isMultiple(number("60512.375"), number("0.01"))).toBe(false);
});

test("a move is counted in whole basis points, cut towards zero", () => {
  expect(movedBps(number("10000"), number("10030"))).toBe(30);
  expect(movedBps(number("10000"), number("10030.99"))).toBe(30);
  expect(movedBps(number("10000"), number("9969"))).toBe(31);
  expect(movedBps(number("0"), number("1"))).toBeNull();
});

test("equal numbers are equal whatever their zeros", () => {
  expect(compare(number("1.50"), number("1.5"))).toBe(0);
  expect(compare(number("1.49"), number("1.5"))).toBe(-1);
});
