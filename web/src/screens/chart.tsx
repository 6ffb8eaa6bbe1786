// Candles, volume and our own fills; the zoom lives in the address; everything drawn can also be read.
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { api } from "../api/client";
import type { BarRow, Fill } from "../api/types";
import { barOfFill, candle, formed, lengthMs, merged, zoneShiftS, type Candle } from "../chart/bars";
import { Canvas, type CanvasHandle, type Marker, type Range } from "../chart/canvas";
import { DataTable } from "../chart/data_table";
import { Trades } from "../chart/trades";
import { exactly, price as priceText } from "../numbers/format";
import { millis, moment } from "../numbers/time";
import { Icon } from "../parts/icon";
import { InstrumentName } from "../parts/instrument_name";
import { Empty, Loaded } from "../parts/loaded";
import { Percent, Told } from "../parts/figures";
import { Panel } from "../parts/panel";
import { useResource } from "../parts/resource";
import { Link } from "../shell/link";
import { keepInAddress, useRoute } from "../shell/route";
import { onBar, useLive } from "../stream/live";
import { useFills, useInstruments } from "../stream/reading";
import { useWords } from "../words/words";

const TIMEFRAMES = ["1m", "5m", "1h", "1d"];
const BARS_READ = 500;
const FILLS_READ = 500;
const NO_BARS: BarRow[] = [];

export default function ChartScreen() {
  const { say } = useWords();
  const { query } = useRoute();
  const { list, byId, resource } = useInstruments();
  const anyPrice = useLive((live) => Object.keys(live.prices)[0]);
  const id = query.get("instrument") ?? anyPrice ?? list[0]?.id ?? "";
  const timeframe = query.get("timeframe") ?? "1m";
  const instrument = byId.get(id);
  return (
    <>
      <div className="screen-head">
        <h1>{say("chart.title")}</h1>
        <div className="filters">
          <select
            aria-label={say("chart.instrument")}
            translate="no"
            data-from="server"
            value={id}
            onChange={(event) => keepInAddress({ instrument: event.target.value, from: null, to: null })}
          >
            {[...new Set([...list.map((each) => each.id), ...(id ? [id] : [])])].map((each) => (
              <option key={each} value={each}>
                {byId.get(each) && byId.get(each)!.name !== each ? `${byId.get(each)!.name} (${each})` : each}
              </option>
            ))}
          </select>
          <div className="segments" role="group" aria-label={say("chart.timeframe")}>
            {[...new Set([...TIMEFRAMES, timeframe])].map((each) => (
              <button
                key={each}
                type="button"
                className="segment-button"
                aria-pressed={each === timeframe}
                translate="no"
                data-from="server"
                onClick={() => keepInAddress({ timeframe: each, from: null, to: null })}
              >
                {each}
              </button>
            ))}
          </div>
          {id && (
            <Link className="button" href={`/orders?ticket=open&trade=${encodeURIComponent(id)}`}>
              {say("orders.new")}
            </Link>
          )}
        </div>
      </div>
      <Loaded
        what={say("chart.instrument")}
        of={resource}
        has={id !== "" || resource.data !== null}
        isEmpty={id === ""}
        empty={<p className="empty-title">{say("chart.no_instruments")}</p>}
      >
        <Chart key={`${id} ${timeframe}`} id={id} timeframe={timeframe} scale={instrument?.price_scale} name={instrument?.name ?? id} />
      </Loaded>
    </>
  );
}

interface ChartProps {
  id: string;
  timeframe: string;
  scale: number | undefined;
  name: string;
}

/** Stored bars, then closed ones as they come, then the one that is forming. */
function useBars(id: string, timeframe: string) {
  const reconnects = useLive((live) => live.reconnects);
  const read = useResource(`bars-${id}-${timeframe}#${reconnects}`, (signal) => api.bars(id, timeframe, BARS_READ, undefined, signal));
  const [closed, setClosed] = useState<BarRow[]>(NO_BARS);
  const [forming, setForming] = useState<BarRow | null>(null);
  useEffect(
    () => onBar((instrument, frame, bar) => instrument === id && frame === timeframe && setClosed((old) => merged(old, [bar]))),
    [id, timeframe],
  );
  const bars = useMemo(() => merged(read.data?.bars ?? NO_BARS, closed), [read.data, closed]);
  const price = useLive((live) => live.prices[id]);
  const last = bars.at(-1);
  useEffect(() => {
    if (price && last) setForming((old) => formed(old, last, lengthMs(timeframe), millis(price.at), price.price));
  }, [price, last, timeframe]);
  return { read, bars, forming: forming && last && forming[0] > last[0] ? forming : null };
}

function keptRange(query: URLSearchParams, shiftS: number): Range | null {
  const from = Number(query.get("from"));
  const to = Number(query.get("to"));
  return from > 0 && to > from ? { from: from + shiftS, to: to + shiftS } : null;
}

function Chart({ id, timeframe, scale: known, name }: ChartProps) {
  const { say, zone } = useWords();
  const { query } = useRoute();
  const shiftS = zoneShiftS(zone);
  const { read, bars, forming } = useBars(id, timeframe);
  const scale = known ?? read.data?.price_scale ?? 2;
  const fillsRead = useFills(FILLS_READ);
  const fills = useMemo(() => (fillsRead.data?.fills ?? []).filter((fill) => fill.instrument === id), [fillsRead.data, id]);
  const candles = useMemo(() => bars.map((bar) => candle(bar, shiftS)), [bars, shiftS]);
  const formingCandle = useMemo(() => forming && candle(forming, shiftS), [forming, shiftS]);
  const markers = useMarkers(fills, bars, timeframe, shiftS);
  const [range] = useState(() => keptRange(query, shiftS));
  const [chosen, setChosen] = useState<string | null>(null);
  const [showsTable, setShowsTable] = useState(false);
  const canvas = useRef<CanvasHandle>(null);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const keepRange = useCallback(
    (shown: Range) => {
      clearTimeout(timer.current);
      timer.current = setTimeout(
        () => keepInAddress({ from: String(Math.round(shown.from - shiftS)), to: String(Math.round(shown.to - shiftS)) }),
        200,
      );
    },
    [shiftS],
  );
  useEffect(() => () => clearTimeout(timer.current), []);
  const all = formingCandle ? [...candles, formingCandle] : candles;
  return (
    <div className="split">
      <div className="split-main">
        <Panel title={`${name} · ${timeframe}`} className="chart-panel" actions={<LastPrice id={id} scale={scale} />}>
          <Loaded
            what={say("chart.title")}
            of={read}
            has={read.data !== null || bars.length > 0}
            isEmpty={bars.length === 0}
            rows={10}
            empty={
              <Empty title={say("chart.empty", { instrument: id, timeframe })} why={say("chart.empty_why")} />
            }
          >
            <Reader candles={all} shiftS={shiftS} scale={scale} name={name} timeframe={timeframe} canvas={canvas} fillCount={markers.length}>
              <Canvas
                ref={canvas}
                candles={candles}
                forming={formingCandle}
                markers={markers}
                scale={scale}
                range={range}
                onRange={keepRange}
                onMarker={setChosen}
              />
            </Reader>
            <ChartTools canvas={canvas} showsTable={showsTable} onTable={() => setShowsTable(!showsTable)} markers={markers} />
            {showsTable && <DataTable bars={bars} scale={scale} />}
          </Loaded>
        </Panel>
      </div>
      <div className="split-side">
        <Panel title={say("chart.trades")}>
          <Loaded
            what={say("chart.trades")}
            of={fillsRead}
            has={fillsRead.data !== null}
            isEmpty={fills.length === 0}
            empty={<p className="quiet">{say("chart.trades_empty")}</p>}
          >
            <Trades fills={fills} chosen={chosen} onChoose={setChosen} scale={scale} />
          </Loaded>
        </Panel>
        <p className="quiet attribution">
          <InstrumentName id={id} name={name} isLink={false} /> · {moment(bars.at(-1)?.[0] ?? Number.NaN, zone)} ·{" "}
          {say("chart.attribution")}
        </p>
      </div>
    </div>
  );
}

function useMarkers(fills: Fill[], bars: BarRow[], timeframe: string, shiftS: number): Marker[] {
  return useMemo(
    () =>
      fills
        .flatMap((fill): Marker[] => {
          const opening = barOfFill(fill, bars, lengthMs(timeframe));
          return opening === null
            ? []
            : [{ id: fill.id, time: Math.floor(opening / 1000) + shiftS, side: fill.side, text: exactly(fill.quantity) }];
        })
        .sort((a, b) => a.time - b.time),
    [fills, bars, timeframe, shiftS],
  );
}

function LastPrice({ id, scale }: { id: string; scale: number }) {
  const price = useLive((live) => live.prices[id]);
  if (!price) return null;
  return (
    <span className="last">
      <span className="figure" data-testid="chart-last">
        {priceText(price.price, scale)}
      </span>{" "}
      {price.change !== null && <Percent value={price.change} />}
    </span>
  );
}

interface ReaderProps {
  candles: Candle[];
  shiftS: number;
  scale: number;
  name: string;
  timeframe: string;
  fillCount: number;
  canvas: React.RefObject<CanvasHandle | null>;
  children: React.ReactNode;
}

/** The chart for ears and keys: a summary, and a cursor that reads one bar at a time. */
function Reader({ candles, shiftS, scale, name, timeframe, fillCount, canvas, children }: ReaderProps) {
  const { say, zone } = useWords();
  const [at, setAt] = useState<number | null>(null);
  const chosen = at === null ? null : candles.find((each) => each.time === at) ?? null;
  const figure = (value: number): string => priceText(value.toFixed(scale), scale);
  const when = (each: Candle): string => moment((each.time - shiftS) * 1000, zone);
  const first = candles[0];
  const last = candles.at(-1);
  const move = (event: React.KeyboardEvent): void => {
    const place = at === null ? candles.length : candles.findIndex((each) => each.time === at);
    const steps: Record<string, number> = {
      ArrowLeft: place - 1,
      ArrowRight: place + 1,
      Home: 0,
      End: candles.length - 1,
      PageUp: place - 20,
      PageDown: place + 20,
    };
    const to = steps[event.key];
    if (event.key === "Escape") {
      setAt(null);
      canvas.current?.showCursor(null);
    }
    if (to === undefined || candles.length === 0) return;
    event.preventDefault();
    const next = candles[Math.min(candles.length - 1, Math.max(0, to))]!;
    setAt(next.time);
    canvas.current?.showCursor(next);
  };
  return (
    <>
      <p className="visually-hidden" id="chart-summary">
        {first &&
          last &&
          say("chart.summary", {
            instrument: name,
            timeframe,
            n: candles.length,
            from: when(first),
            to: when(last),
            last: figure(last.close),
            high: figure(Math.max(...candles.map((each) => each.high))),
            low: figure(Math.min(...candles.map((each) => each.low))),
            fills: fillCount,
          })}
      </p>
      <div
        className="chart-host"
        role="application"
        tabIndex={0}
        data-own-keys=""
        data-testid="chart"
        aria-label={say("chart.label", { instrument: name, timeframe })}
        aria-describedby="chart-summary"
        onKeyDown={move}
      >
        {children}
      </div>
      <p className="chart-read figure" role="status" data-testid="chart-read">
        {chosen ? (
          say("chart.bar", {
            at: when(chosen),
            open: figure(chosen.open),
            high: figure(chosen.high),
            low: figure(chosen.low),
            close: figure(chosen.close),
            volume: exactly(String(chosen.volume)),
          })
        ) : (
          <Told>{" "}</Told>
        )}
      </p>
    </>
  );
}

interface ToolsProps {
  canvas: React.RefObject<CanvasHandle | null>;
  showsTable: boolean;
  onTable: () => void;
  markers: Marker[];
}

/** Everything a drag or a wheel can do, as buttons. */
function ChartTools({ canvas, showsTable, onTable, markers }: ToolsProps) {
  const { say } = useWords();
  return (
    <div className="chart-tools">
      <button type="button" className="button icon-only" aria-label={say("chart.zoom_in")} onClick={() => canvas.current?.zoom(0.7)}>
        <Icon name="plus" />
      </button>
      <button type="button" className="button icon-only" aria-label={say("chart.zoom_out")} onClick={() => canvas.current?.zoom(1.4)}>
        <Icon name="minus" />
      </button>
      <button type="button" className="button icon-only" aria-label={say("chart.earlier")} onClick={() => canvas.current?.scroll(-0.3)}>
        <Icon name="left" />
      </button>
      <button type="button" className="button icon-only" aria-label={say("chart.later")} onClick={() => canvas.current?.scroll(0.3)}>
        <Icon name="right" />
      </button>
      <button type="button" className="button small" onClick={() => canvas.current?.toLatest()}>
        {say("chart.latest")}
      </button>
      <button type="button" className="button small" aria-expanded={showsTable} onClick={onTable}>
        {say(showsTable ? "chart.table_hide" : "chart.table_show")}
      </button>
      <span className="quiet" data-testid="markers" data-markers={JSON.stringify(markers.map((m) => [m.id, m.time]))}>
        {say("chart.markers", { n: markers.length })}
      </span>
    </div>
  );
}
