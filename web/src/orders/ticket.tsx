// The order ticket: one handler for Enter and click, an id made before sending, and no second order by accident.
import { useEffect, useMemo, useRef, useState, type FormEvent } from "react";
import { api } from "../api/client";
import type { Account, Instrument, NewOrder, OrderKind, TickGrid } from "../api/types";
import { movedBps, parse } from "../numbers/exact";
import { exactly, money, price as priceText } from "../numbers/format";
import { AccountBadge } from "../parts/account_badge";
import { SideWord } from "../parts/figures";
import { Icon } from "../parts/icon";
import { useResource } from "../parts/resource";
import { useOrderLock } from "../shell/freshness";
import { useSettings } from "../settings/settings";
import { useLive } from "../stream/live";
import { useInstruments } from "../stream/reading";
import { useWords } from "../words/words";
import { Outcome } from "./outcome";
import { forgetWish, submit, unanswered, type Answer, type Wish } from "./submit";
import { firstFault, notional, reckonedPrice, wantsLimit, wantsStop, type Draft } from "./validity";
import { PriceField } from "./price_field";

const DRAFT_AT = "jts.ticket_draft";
const KINDS: OrderKind[] = ["limit", "market", "stop", "stop_limit"];
/** A press this soon after the last sending belongs to the same double click or held key. */
const INERT_MS = 900;

function keptDraft(): Partial<Draft> {
  try {
    return (JSON.parse(sessionStorage.getItem(DRAFT_AT) ?? "{}") ?? {}) as Partial<Draft>;
  } catch {
    return {};
  }
}

function emptyDraft(instrument: string): Draft {
  return {
    account: "",
    instrument,
    side: "buy",
    kind: "limit",
    quantity: "",
    limitPrice: "",
    stopPrice: "",
    timing: "now",
    validity: "gtc",
    reduceOnly: false,
    ...keptDraft(),
    ...(instrument ? { instrument } : {}),
  };
}

function bodyOf(draft: Draft): NewOrder {
  const number = (text: string): string => text.trim().replaceAll(",", "");
  return {
    account: draft.account,
    instrument: draft.instrument,
    side: draft.side,
    kind: draft.kind,
    quantity: number(draft.quantity),
    ...(wantsLimit(draft.kind) ? { limit_price: number(draft.limitPrice) } : {}),
    ...(wantsStop(draft.kind) ? { stop_price: number(draft.stopPrice) } : {}),
    timing: draft.timing,
    time_in_force: draft.validity,
    reduce_only: draft.reduceOnly,
  };
}

/** The tick grid around a price, asked for once typing pauses. */
function useGrid(instrument: string, price: string): TickGrid | null {
  const [settled, setSettled] = useState(price);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(price.trim().replaceAll(",", "")), 150);
    return () => clearTimeout(timer);
  }, [price]);
  const isAsked = instrument !== "" && parse(settled) !== null && (parse(settled)?.units ?? 0n) > 0n;
  return useResource(isAsked ? `tick-${instrument}-${settled}` : null, (signal) => api.tick(instrument, settled, signal))
    .data;
}

type Confirming = { kind: "moved"; from: string; to: string; bps: number } | { kind: "live" };

export function Ticket({ instrument: wanted }: { instrument: string }) {
  const { say } = useWords();
  const { list, byId } = useInstruments();
  const accounts = useLive((live) => live.portfolio);
  const [draft, setDraft] = useState(() => emptyDraft(wanted));
  const [touched, setTouched] = useState(false);
  const [isSending, setSending] = useState(false);
  const [answer, setAnswer] = useState<Answer | null>(() => {
    const wish = unanswered();
    return wish ? { kind: "unknown", wish } : null;
  });
  const [confirming, setConfirming] = useState<Confirming | null>(null);
  const sentAt = useRef(0);
  const lock = useOrderLock();
  const instrument = byId.get(draft.instrument);
  const account = accounts?.find((each) => each.account === draft.account) ?? null;
  const last = useLive((live) => live.prices[draft.instrument]?.price) ?? instrument?.reference?.price ?? null;
  const formPrice = useRef<{ instrument: string; price: string } | null>(null);
  const bpsMax = useSettings((settings) => settings.reconfirmBps);
  const grids = {
    limit: useGrid(draft.instrument, wantsLimit(draft.kind) ? draft.limitPrice : ""),
    stop: useGrid(draft.instrument, wantsStop(draft.kind) ? draft.stopPrice : ""),
  };

  useEffect(() => sessionStorage.setItem(DRAFT_AT, JSON.stringify(draft)), [draft]);
  useEffect(() => {
    if (wanted) setDraft((old) => (old.instrument === wanted ? old : { ...old, instrument: wanted, limitPrice: "", stopPrice: "" }));
  }, [wanted]);
  useEffect(() => {
    setDraft((old) => ({
      ...old,
      instrument: old.instrument || list[0]?.id || "",
      account: accounts?.some((each) => each.account === old.account) ? old.account : (accounts?.[0]?.account ?? old.account),
    }));
  }, [list, accounts]);
  // The price the person saw when the form began to be filled in; a move since then asks again.
  if (last !== null && formPrice.current?.instrument !== draft.instrument)
    formPrice.current = { instrument: draft.instrument, price: last };

  const put = (part: Partial<Draft>): void => {
    setDraft((old) => ({ ...old, ...part }));
    setConfirming(null);
    if (last !== null && !isSending) formPrice.current = { instrument: part.instrument ?? draft.instrument, price: last };
  };
  const fault = firstFault(draft, instrument, grids);

  const send = async (wish?: Wish): Promise<void> => {
    if (isSending || Date.now() - sentAt.current < INERT_MS) return;
    sentAt.current = Date.now();
    setSending(true);
    setConfirming(null);
    setAnswer(null);
    try {
      const got = await submit(bodyOf(draft), wish);
      setAnswer(got);
      if (got.kind === "taken") {
        setTouched(false);
        setDraft((old) => ({ ...old, quantity: "" }));
      }
    } finally {
      setSending(false);
      sentAt.current = Date.now();
      if (last !== null) formPrice.current = { instrument: draft.instrument, price: last };
    }
  };

  const press = (event: FormEvent): void => {
    event.preventDefault();
    if (lock !== null || isSending || confirming || Date.now() - sentAt.current < INERT_MS) return;
    if (answer?.kind === "unknown") return; // first the order that is without an answer
    setTouched(true);
    if (fault) return;
    const before = formPrice.current;
    const bps = before && last ? movedBps(parse(before.price)!, parse(last)!) : null;
    if (before && last && bps !== null && bps > bpsMax) {
      setConfirming({ kind: "moved", from: before.price, to: last, bps });
      return;
    }
    if (account?.kind === "live") {
      setConfirming({ kind: "live" });
      return;
    }
    void send();
  };

  return (
    <form
      className={`ticket surface-${account?.kind ?? "none"} ticket-${draft.side}`}
      data-testid="ticket"
      aria-label={say("ticket.title")}
      noValidate
      onSubmit={press}
      onKeyDown={(event) => {
        if (event.key === "Enter" && (event.repeat || event.nativeEvent.isComposing)) event.preventDefault();
      }}
    >
      <div className="mode-row">
        <AccountBadge account={account} isLong />
      </div>
      {lock !== null && (
        <p className="lock" data-testid="order-lock" role="status">
          <Icon name="lock" /> <strong>{say("lock.title")}</strong> {lock}
        </p>
      )}
      <Fields draft={draft} put={put} list={list} accounts={accounts ?? []} instrument={instrument} last={last} grids={grids} />
      <Estimate draft={draft} instrument={instrument} account={account} last={last} />
      {touched && fault && (
        <p className="fault" role="alert">
          <Icon name="warning" /> <FaultText fault={fault} draft={draft} instrument={instrument} grids={grids} />
        </p>
      )}
      {confirming ? (
        <Confirm
          confirming={confirming}
          draft={draft}
          account={account}
          scale={instrument?.price_scale}
          onYes={() => {
            if (last !== null) formPrice.current = { instrument: draft.instrument, price: last };
            if (confirming.kind === "moved" && account?.kind === "live") setConfirming({ kind: "live" });
            else void send();
          }}
          onNo={() => setConfirming(null)}
        />
      ) : (
        <button
          type="submit"
          className={`button wide submit submit-${draft.side}`}
          data-testid="submit-order"
          disabled={lock !== null}
          aria-disabled={isSending || answer?.kind === "unknown"}
          onClick={(event) => {
            if (event.detail > 1) event.preventDefault(); // the second click of a double click
          }}
        >
          {isSending ? say("ticket.sending") : say(draft.side === "buy" ? "ticket.submit_buy" : "ticket.submit_sell")}
        </button>
      )}
      {answer && (
        <Outcome
          answer={answer}
          isLocked={lock !== null}
          isSending={isSending}
          onAskAgain={(wish) => {
            sentAt.current = 0;
            void send(wish);
          }}
          onDiscard={() => {
            forgetWish();
            setAnswer(null);
          }}
        />
      )}
    </form>
  );
}

interface FieldsProps {
  draft: Draft;
  put: (part: Partial<Draft>) => void;
  list: Instrument[];
  accounts: Account[];
  instrument: Instrument | undefined;
  last: string | null;
  grids: { limit: TickGrid | null; stop: TickGrid | null };
}

function Fields({ draft, put, list, accounts, instrument, last, grids }: FieldsProps) {
  const { say } = useWords();
  return (
    <div className="fields">
      {accounts.length > 1 && (
        <label className="field">
          <span>{say("ticket.account")}</span>
          <select value={draft.account} onChange={(event) => put({ account: event.target.value })}>
            {accounts.map((each) => (
              <option key={each.account} value={each.account}>
                {say(`mode.${each.kind}`)} · {each.broker} · {each.account}
              </option>
            ))}
          </select>
        </label>
      )}
      <label className="field">
        <span>{say("ticket.instrument")}</span>
        <select
          translate="no"
          data-from="server"
          value={draft.instrument}
          onChange={(event) => put({ instrument: event.target.value, limitPrice: "", stopPrice: "" })}
        >
          {list.map((each) => (
            <option key={each.id} value={each.id}>
              {each.name === each.id ? each.id : `${each.name} (${each.id})`}
            </option>
          ))}
        </select>
      </label>
      <p className="last-price">
        <span>{say("ticket.current")}</span>
        <span className="figure" data-testid="ticket-last">
          {last === null ? say("ticket.no_price") : priceText(last, instrument?.price_scale)}
        </span>
        <span className="unit">{instrument?.currency}</span>
      </p>
      <fieldset className="segments two-sides">
        <legend className="visually-hidden">{say("common.side")}</legend>
        {(["buy", "sell"] as const).map((side) => (
          <label key={side} className={`segment ${side === "buy" ? "up" : "down"}`}>
            <input type="radio" name="side" checked={draft.side === side} onChange={() => put({ side })} />
            <span>{say(`side.${side}`)}</span>
          </label>
        ))}
      </fieldset>
      <div className="fields two">
        <label className="field">
          <span>{say("ticket.kind")}</span>
          <select value={draft.kind} onChange={(event) => put({ kind: event.target.value as OrderKind })}>
            {KINDS.map((kind) => (
              <option key={kind} value={kind}>
                {say(`kind.${kind}`)}
              </option>
            ))}
          </select>
        </label>
        <label className="field">
          <span>
            {say("ticket.quantity")}{" "}
            {instrument && <span className="hint">{say("ticket.lot", { lot: exactly(instrument.lot) })}</span>}
          </span>
          <input
            name="quantity"
            inputMode="decimal"
            autoComplete="off"
            value={draft.quantity}
            onChange={(event) => put({ quantity: event.target.value })}
          />
        </label>
      </div>
      {wantsLimit(draft.kind) && (
        <PriceField
          label={say("ticket.limit_price")}
          name="limit_price"
          value={draft.limitPrice}
          grid={grids.limit}
          last={last}
          onChange={(limitPrice) => put({ limitPrice })}
        />
      )}
      {wantsStop(draft.kind) && (
        <PriceField
          label={say("ticket.stop_price")}
          name="stop_price"
          value={draft.stopPrice}
          grid={grids.stop}
          last={last}
          onChange={(stopPrice) => put({ stopPrice })}
        />
      )}
      <div className="fields two">
        <label className="field">
          <span>{say("ticket.timing")}</span>
          <select value={draft.timing} onChange={(event) => put({ timing: event.target.value as Draft["timing"] })}>
            {(["now", "at_open", "at_close"] as const).map((timing) => (
              <option key={timing} value={timing}>
                {say(`timing.${timing}`)}
              </option>
            ))}
          </select>
        </label>
        <label className="field">
          <span>{say("ticket.validity")}</span>
          <select value={draft.validity} onChange={(event) => put({ validity: event.target.value as Draft["validity"] })}>
            {(["gtc", "day", "ioc", "fok"] as const).map((validity) => (
              <option key={validity} value={validity}>
                {say(`tif.${validity}`)}
              </option>
            ))}
          </select>
        </label>
      </div>
      <label className="choice">
        <input
          type="checkbox"
          checked={draft.reduceOnly}
          onChange={(event) => put({ reduceOnly: event.target.checked })}
        />
        <span>{say("ticket.reduce_only")}</span>
      </label>
    </div>
  );
}

function Estimate({
  draft,
  instrument,
  account,
  last,
}: {
  draft: Draft;
  instrument: Instrument | undefined;
  account: Account | null;
  last: string | null;
}) {
  const { say } = useWords();
  const positions = useLive((live) => live.positions);
  const held = useMemo(
    () =>
      positions?.find((each) => each.account === draft.account && each.instrument === draft.instrument)?.quantity ?? "0",
    [positions, draft.account, draft.instrument],
  );
  if (!instrument) return null;
  const cash = account?.currencies.find((each) => each.currency === instrument.currency)?.cash ?? null;
  return (
    <dl className="estimate">
      <div>
        <dt>
          {say("ticket.estimate")} <span className="hint">{say("ticket.estimate_note")}</span>
        </dt>
        <dd className="figure">
          {money(notional(reckonedPrice(draft, last), draft.quantity), instrument.currency)} {instrument.currency}
        </dd>
      </div>
      <div>
        <dt>{say("ticket.cash")}</dt>
        <dd className="figure">
          {money(cash, instrument.currency)} {instrument.currency}
        </dd>
      </div>
      <div>
        <dt>{say("ticket.held")}</dt>
        <dd className="figure">{exactly(held)}</dd>
      </div>
    </dl>
  );
}

function FaultText({
  fault,
  draft,
  instrument,
  grids,
}: {
  fault: NonNullable<ReturnType<typeof firstFault>>;
  draft: Draft;
  instrument: Instrument | undefined;
  grids: { limit: TickGrid | null; stop: TickGrid | null };
}) {
  const { say } = useWords();
  const offTick = (price: string, grid: TickGrid | null): string =>
    say("ticket.off_tick", {
      price,
      tick: exactly(grid?.tick),
      down: exactly(grid?.down),
      up: exactly(grid?.up),
    });
  switch (fault) {
    case "instrument":
      return say("ticket.need_instrument");
    case "account":
      return say("lock.no_account");
    case "quantity":
      return say("ticket.need_quantity", { lot: exactly(instrument?.lot) });
    case "limit_price":
    case "stop_price":
      return say("ticket.need_price");
    case "limit_tick":
      return offTick(draft.limitPrice, grids.limit);
    case "stop_tick":
      return offTick(draft.stopPrice, grids.stop);
  }
}

function Confirm({
  confirming,
  draft,
  account,
  scale,
  onYes,
  onNo,
}: {
  confirming: Confirming;
  draft: Draft;
  account: Account | null;
  scale: number | undefined;
  onYes: () => void;
  onNo: () => void;
}) {
  const { say } = useWords();
  const no = useRef<HTMLButtonElement>(null);
  useEffect(() => no.current?.focus(), []); // the safe answer has the focus: a held Enter confirms nothing
  return (
    <div className="confirm" role="alertdialog" aria-label={say("common.confirm")} data-testid={`confirm-${confirming.kind}`}>
      <p>
        {confirming.kind === "moved" ? (
          <>
            <strong>{say("ticket.moved")}.</strong>{" "}
            {say("ticket.moved_echo", {
              from: priceText(confirming.from, scale),
              to: priceText(confirming.to, scale),
              bps: confirming.bps,
            })}
          </>
        ) : (
          <>
            <SideWord side={draft.side} />{" "}
            {say("ticket.live_confirm", {
              account: account?.account ?? "",
              side: say(`side.${draft.side}`),
              quantity: draft.quantity,
            })}
          </>
        )}
      </p>
      <div className="row">
        <button type="button" className="button" ref={no} onClick={onNo}>
          {say("common.cancel")}
        </button>
        <button type="button" className={`button submit-${draft.side}`} data-testid="confirm-order" onClick={onYes}>
          {confirming.kind === "moved"
            ? say("ticket.moved_confirm", { price: priceText(confirming.to, scale) })
            : say(draft.side === "buy" ? "ticket.submit_buy" : "ticket.submit_sell")}
        </button>
      </div>
    </div>
  );
}
