// The order ticket: one handler for Enter and click, an id made before sending, and no second order by accident.
import { useEffect, useRef, useState, type FormEvent } from "react";
import { api } from "../api/client";
import type { Account, Instrument, NewOrder, TickGrid } from "../api/types";
import { movedBps, parse } from "../numbers/exact";
import { exactly, price as priceText } from "../numbers/format";
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
import { Estimate, Fields } from "./ticket_fields";
import { firstFault, wantsLimit, wantsStop, type Draft } from "./validity";

const DRAFT_AT = "jts.ticket_draft";
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
