// The whole house at a glance: what needs a person first, then what it is worth, then what moves.
import { exactly, isZero, money, price as priceText } from "../numbers/format";
import { age, clock, millis, moment } from "../numbers/time";
import { Percent, Profit, RunBadge, SideWord, TimeOfDay, Told } from "../parts/figures";
import { Grid } from "../parts/grid";
import { Icon } from "../parts/icon";
import { InstrumentName } from "../parts/instrument_name";
import { Empty, Loaded } from "../parts/loaded";
import { useNow } from "../parts/now";
import { Panel } from "../parts/panel";
import { Link } from "../shell/link";
import type { Account, Fill } from "../api/types";
import { useLive } from "../stream/live";
import { useFeeds, useFills, useInstruments, useOrders, usePortfolio, useRisk, useStrategies } from "../stream/reading";
import { outcomeName, useWords } from "../words/words";
import { Attention } from "./attention";
import { EquityCurve } from "./equity_curve";

const FILLS_SHOWN = 12;

export default function Dashboard() {
  const { say } = useWords();
  const portfolio = usePortfolio();
  const orders = useOrders(true);
  const risk = useRisk();
  const feeds = useFeeds();
  const accounts = useLive((live) => live.portfolio);
  const partial = useMissingFeeds();
  return (
    <>
      <h1 className="visually-hidden">{say("screen.dashboard")}</h1>
      {partial && (
        <div className="partial" data-state="partial" role="status">
          <p>
            <Icon name="warning" size={14} /> {partial}
          </p>
        </div>
      )}
      <div className="dashboard">
        <div className="dash-main">
          <Panel title={say("dashboard.equity")} className="equity">
            <Loaded
              what={say("dashboard.equity")}
              of={portfolio}
              has={accounts !== null}
              isEmpty={(accounts ?? []).length === 0}
              empty={<Checklist />}
            >
              {(accounts ?? []).map((account) => (
                <AccountFigures key={account.account} account={account} />
              ))}
            </Loaded>
          </Panel>
          <Strategies />
          <Fills />
        </div>
        <div className="dash-side">
          <Attention sources={[orders, risk, feeds]} />
          <Prices />
          <Notices />
          {(accounts ?? []).length > 0 && <FirstSteps />}
        </div>
      </div>
    </>
  );
}

/** The sentence for a partial picture: some feeds are well, some are cut. */
function useMissingFeeds(): string | null {
  const { say } = useWords();
  const feeds = useLive((live) => live.feeds) ?? [];
  const missing = feeds.filter((feed) => feed.state === "down" || feed.state === "stale");
  if (missing.length === 0 || missing.length === feeds.length) return null;
  return say("state.partial_feeds", {
    n: feeds.length,
    shown: feeds.length - missing.length,
    missing: missing.map((feed) => feed.feed).join(", "),
  });
}

function AccountFigures({ account }: { account: Account }) {
  const { say, zone } = useWords();
  return (
    <>
      {account.currencies.map((figures) => {
        const { currency } = figures;
        const formula = say("dashboard.equity_formula", {
          cash: money(figures.cash, currency),
          positions: money(figures.positions, currency),
        });
        return (
          <div key={currency} className="currency" data-currency={currency} data-account={account.account}>
            <div className="currency-figures">
              <div className="currency-head">
                <p className="big figure" data-testid={`equity-${currency}`} title={`${exactly(figures.equity)} ${currency}`}>
                  {money(figures.equity, currency)} <span className="unit">{currency}</span>
                </p>
                <details className="formula">
                  <summary>
                    {say("common.formula")} · <Told>{account.account}</Told>
                  </summary>
                  <p>
                    {formula}. {say("dashboard.equity_note")} {say("state.updated", { at: clock(account.at, zone) })}
                  </p>
                </details>
              </div>
              <dl className="figures">
                <div title={say("dashboard.today_formula")}>
                  <dt>{say("dashboard.today")}</dt>
                  <dd>
                    <Profit value={figures.today} currency={currency} />
                  </dd>
                </div>
                <div>
                  <dt>{say("dashboard.open_profit")}</dt>
                  <dd>
                    <Profit value={figures.unrealised} currency={currency} />
                  </dd>
                </div>
                <div>
                  <dt>{say("dashboard.realised")}</dt>
                  <dd>
                    <Profit value={figures.realised} currency={currency} />
                  </dd>
                </div>
                <div>
                  <dt>{say("dashboard.fees")}</dt>
                  <dd className="figure" title={exactly(figures.fees)}>
                    {money(figures.fees, currency)}
                  </dd>
                </div>
              </dl>
            </div>
            <EquityCurve account={account.account} currency={currency} now={figures.equity} at={account.at} />
          </div>
        );
      })}
    </>
  );
}

function Strategies() {
  const { say, language } = useWords();
  const resource = useStrategies();
  const strategies = useLive((live) => live.strategies);
  const now = useNow(1_000);
  return (
    <Panel title={say("dashboard.strategies")} actions={<Link href="/strategies">{say("common.all")}</Link>}>
      <Loaded
        what={say("dashboard.strategies")}
        of={resource}
        has={strategies !== null}
        isEmpty={(strategies ?? []).length === 0}
        empty={<Empty title={say("strategies.empty")} why={say("dashboard.check_strategy_do")} />}
      >
        <ul className="strip">
          {(strategies ?? []).map((run) => (
            <li key={run.run}>
              <div className="strip-head">
                <Link href={`/strategies/${encodeURIComponent(run.run)}`}>
                  <Told>{run.name}</Told>
                </Link>
                <RunBadge state={run.state} />
              </div>
              <p className="quiet">
                <Told>
                  {run.instrument} · {run.timeframe}
                </Told>{" "}
                {run.state === "warming" && say("strategies.warming_bars", { seen: run.bars_seen, needed: run.bars_needed })}
              </p>
              {run.last_decision ? (
                <p className="strip-why">
                  <strong>{outcomeName(say, run.last_decision.outcome)}</strong>{" "}
                  <span className="quiet">
                    {say("link.age_short", { age: age(now - millis(run.last_decision.at), language) })}
                  </span>
                  <br />
                  <Told>{run.last_decision.because}</Told>
                </p>
              ) : (
                <p className="quiet">{say("strategies.no_decision")}</p>
              )}
            </li>
          ))}
        </ul>
      </Loaded>
    </Panel>
  );
}

function Fills() {
  const { say, zone } = useWords();
  const fills = useFills(FILLS_SHOWN);
  const { byId } = useInstruments();
  const rows = fills.data?.fills ?? [];
  return (
    <Panel title={say("dashboard.fills")} actions={<Link href="/orders?view=all">{say("common.all")}</Link>}>
      <Loaded
        what={say("dashboard.fills")}
        of={fills}
        has={fills.data !== null}
        isEmpty={rows.length === 0}
        empty={<p className="quiet">{say("dashboard.fills_empty")}</p>}
      >
        <Grid<Fill>
          caption={say("dashboard.fills")}
          rows={rows}
          rowId={fillId}
          columns={[
            {
              id: "at",
              label: `${say("common.time")} (${zone})`,
              cell: (fill) => (
                <Link href={`/orders/${encodeURIComponent(fill.order)}`} title={moment(fill.at, zone)}>
                  <TimeOfDay at={fill.at} />
                </Link>
              ),
              onPhone: "head",
            },
            {
              id: "instrument",
              label: say("common.instrument"),
              cell: (fill) => <InstrumentName id={fill.instrument} name={byId.get(fill.instrument)?.name} />,
              onPhone: "head",
            },
            { id: "side", label: say("common.side"), cell: (fill) => <SideWord side={fill.side} />, onPhone: "head" },
            {
              id: "quantity",
              label: say("common.quantity"),
              isNumber: true,
              cell: (fill) => <span className="figure">{exactly(fill.quantity)}</span>,
            },
            {
              id: "price",
              label: say("common.price"),
              isNumber: true,
              cell: (fill) => (
                <span className="figure">{priceText(fill.price, byId.get(fill.instrument)?.price_scale)}</span>
              ),
            },
            {
              id: "fee",
              label: say("common.fee"),
              isNumber: true,
              cell: (fill) => (
                <span className="figure" title={exactly(fill.fee)}>
                  {money(fill.fee, fill.currency)} {fill.currency}
                </span>
              ),
            },
          ]}
        />
      </Loaded>
    </Panel>
  );
}

const fillId = (fill: Fill): string => fill.id;

function Prices() {
  const { say, language } = useWords();
  const now = useNow(1_000);
  const feeds = useFeeds();
  const prices = useLive((live) => live.prices);
  const states = useLive((live) => live.feeds);
  const serverAt = useLive((live) => live.serverAt);
  const lastFrameAt = useLive((live) => live.lastFrameAt);
  const { byId } = useInstruments();
  const rows = Object.values(prices).sort((a, b) => (a.instrument < b.instrument ? -1 : 1));
  return (
    <Panel title={say("dashboard.prices")}>
      <Loaded
        what={say("dashboard.prices")}
        of={feeds}
        has={feeds.data !== null || states !== null || rows.length > 0}
        isEmpty={rows.length === 0}
        empty={<p className="quiet">{say("dashboard.prices_empty")}</p>}
      >
        <ul className="prices" aria-label={say("dashboard.prices")}>
          {rows.map((row) => {
            const feed = states?.find((each) => each.instruments.includes(row.instrument));
            const isOld = feed !== undefined && feed.state !== "live";
            const ageMs = serverAt - millis(row.received_at) + (now - lastFrameAt);
            return (
              <li key={row.instrument} className={isOld ? "is-old" : ""} data-price={row.instrument}>
                <InstrumentName id={row.instrument} name={byId.get(row.instrument)?.name} />
                <span className="figure price">{priceText(row.price, byId.get(row.instrument)?.price_scale)}</span>
                <span className="prices-foot">
                  {row.change !== null && <Percent value={row.change} />}
                  <span className="quiet">
                    {isOld && <Icon name="clock" size={12} />} {say("link.age_short", { age: age(ageMs, language) })}
                    {row.session !== "open" && <> · {say(`link.session.${row.session}`)}</>}
                  </span>
                </span>
              </li>
            );
          })}
        </ul>
      </Loaded>
    </Panel>
  );
}

const NOTICES_SHOWN = 5;

function Notices() {
  const { say, language } = useWords();
  const now = useNow(1_000);
  const notices = useLive((live) => live.notices) ?? [];
  if (notices.length === 0) return null;
  return (
    <Panel title={say("notice.title")}>
      <ul className="notices">
        {notices.slice(0, NOTICES_SHOWN).map((notice) => (
          <li key={notice.id}>
            <p>
              <span className={`badge ${NOTICE_TONE[notice.severity]}`}>{say(`notice.severity.${notice.severity}`)}</span>{" "}
              <span className="quiet">{say("link.age_short", { age: age(now - millis(notice.at), language) })}</span>
            </p>
            <Told as="p">{notice.text}</Told>
          </li>
        ))}
      </ul>
    </Panel>
  );
}

const NOTICE_TONE = { info: "info", warning: "warn", critical: "danger" } as const;

function useSteps(): { text: string; how: string; isDone: boolean }[] {
  const { say } = useWords();
  const accounts = useLive((live) => live.portfolio) ?? [];
  const feeds = useLive((live) => live.feeds) ?? [];
  const strategies = useLive((live) => live.strategies) ?? [];
  const hasOrder = useLive((live) => Object.keys(live.orders ?? {}).length > 0);
  const hasHeld = useLive((live) => (live.positions ?? []).some((position) => !isZero(position.quantity)));
  return [
    { text: say("dashboard.check_account"), how: say("dashboard.check_account_do"), isDone: accounts.length > 0 },
    { text: say("dashboard.check_feed"), how: say("dashboard.check_feed_do"), isDone: feeds.length > 0 },
    { text: say("dashboard.check_strategy"), how: say("dashboard.check_strategy_do"), isDone: strategies.length > 0 },
    { text: say("dashboard.check_order"), how: say("dashboard.check_order_do"), isDone: hasOrder || hasHeld },
  ];
}

function Checklist({ hasTitle = true }: { hasTitle?: boolean }) {
  const { say } = useWords();
  return (
    <>
      {hasTitle && <p className="empty-title">{say("dashboard.checklist")}</p>}
      <ol className="checklist">
        {useSteps().map((step) => (
          <li key={step.text} className={step.isDone ? "is-done" : ""}>
            <Icon name={step.isDone ? "ok" : "right"} size={15} />
            <div>
              <strong>{step.text}</strong>{" "}
              <span className="quiet">({say(step.isDone ? "dashboard.check_done" : "dashboard.check_open")})</span>
              {!step.isDone && <p className="quiet">{step.how}</p>}
            </div>
          </li>
        ))}
      </ol>
    </>
  );
}

/** Shown beside the figures until every first step was taken. */
function FirstSteps() {
  const { say } = useWords();
  const strategies = useLive((live) => live.strategies);
  if (useSteps().every((step) => step.isDone) || strategies === null) return null;
  return (
    <Panel title={say("dashboard.checklist")} isLive={false}>
      <Checklist hasTitle={false} />
    </Panel>
  );
}
