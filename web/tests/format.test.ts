import { expect, test } from "vitest";
import { matches } from "../src/numbers/choseong";
import { average, compact, direction, money, price, signedMoney, signedPercent } from "../src/numbers/format";
import { age, clockMillis, moment } from "../src/numbers/time";

test("won has no decimals, dollars have two, and a minus is a true minus", () => {
  expect(money("49974260.49", "KRW")).toBe("49,974,260");
  expect(money("10000.305", "USDT")).toBe("10,000.31");
  expect(signedMoney("-25500", "KRW")).toBe("−25,500");
  expect(signedMoney("23.714", "USDT")).toBe("+23.71");
  expect(signedMoney("0.001", "USDT")).toBe("0.00");
  expect(money(null, "KRW")).toBe("–");
});

test("Korean counts in 만 and 억, English in thousands and millions", () => {
  expect(compact("123456789", "ko")).toBe("1억 2,345만");
  expect(compact("9999", "ko")).toBe("9,999");
  expect(compact("10000", "ko")).toBe("1만");
  expect(compact("-100000000", "ko")).toBe("−1억");
  expect(compact("12345678", "en")).toBe("12.34M");
});

test("prices line up to the decimals of their instrument and never lose a digit", () => {
  expect(price("60512.4", 2)).toBe("60,512.40");
  expect(price("60512.4005", 2)).toBe("60,512.4005");
  expect(average("71200.333333", 0)).toBe("71,200.33");
});

test("a fraction is written as a signed percentage", () => {
  expect(signedPercent("0.01234")).toBe("+1.23%");
  expect(signedPercent("-0.005")).toBe("−0.50%");
  expect([direction("0"), direction("-0.1"), direction("3")]).toEqual(["flat", "down", "up"]);
});

test("an instant is written in its zone, which is printed", () => {
  const instant = "2026-11-22T15:56:01.123456789Z";
  expect(moment(instant, "KST")).toBe("2026-11-23 00:56 KST");
  expect(moment(instant, "UTC")).toBe("2026-11-22 15:56 UTC");
  expect(clockMillis(instant, "UTC")).toBe("15:56:01.123 UTC");
});

test("an age is rounded down to its largest unit", () => {
  expect([0, 999, 59_999, 60_000, 3_600_000, 86_400_000].map((ms) => age(ms, "en"))).toEqual(["0s", "0s", "59s", "1m", "1h", "1d"]);
  expect(age(61_000, "ko")).toBe("1분");
});

test("a Korean name is found by its first consonants", () => {
  expect(matches("삼성전자 KRX:005930", "ㅅㅅㅈㅈ")).toBe(true);
  expect(matches("삼성전자 KRX:005930", "005930")).toBe(true);
  expect(matches("삼성전자 KRX:005930", "ㅎㄷㅊ")).toBe(false);
});
