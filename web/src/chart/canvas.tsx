// The drawing itself: candles, volume, fills. It is told what changed and never rebuilds, so the zoom stays.
import {
  CandlestickSeries,
  ColorType,
  createChart,
  createSeriesMarkers,
  CrosshairMode,
  HistogramSeries,
  type IChartApi,
  type ISeriesApi,
  type ISeriesMarkersPluginApi,
  type SeriesMarker,
  type Time,
  type UTCTimestamp,
} from "lightweight-charts";
import { useEffect, useImperativeHandle, useRef, type Ref } from "react";
import { useSettings } from "../settings/settings";
import type { Candle } from "./bars";

export interface Marker {
  id: string;
  time: number;
  side: "buy" | "sell";
  text: string;
}

export interface Range {
  from: number;
  to: number;
}

export interface CanvasHandle {
  showCursor: (candle: Candle | null) => void;
  zoom: (factor: number) => void;
  scroll: (share: number) => void;
  toLatest: () => void;
  range: () => Range | null;
}

interface CanvasProps {
  candles: Candle[];
  forming: Candle | null;
  markers: Marker[];
  scale: number;
  range: Range | null;
  onRange: (range: Range) => void;
  onMarker: (id: string) => void;
  ref: Ref<CanvasHandle>;
}

interface Parts {
  chart: IChartApi;
  price: ISeriesApi<"Candlestick">;
  volume: ISeriesApi<"Histogram">;
  markers: ISeriesMarkersPluginApi<Time>;
}

const BARS_AT_FIRST = 120;
/** On a narrower drawing the quantities beside the arrows would cover the candles. */
const TEXT_FITS_PX = 560;

function token(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

function paint({ chart, price }: Parts): void {
  const up = token("--up");
  const down = token("--down");
  chart.applyOptions({
    layout: {
      background: { type: ColorType.Solid, color: token("--surface") },
      textColor: token("--text-soft"),
      fontFamily: getComputedStyle(document.body).fontFamily,
      fontSize: 11,
    },
    grid: { vertLines: { color: token("--line-soft") }, horzLines: { color: token("--line-soft") } },
    rightPriceScale: { borderColor: token("--line") },
    timeScale: { borderColor: token("--line") },
  });
  price.applyOptions({ upColor: up, borderUpColor: up, wickUpColor: up, downColor: down, borderDownColor: down, wickDownColor: down });
}

function faint(colour: string): string {
  return colour.length === 7 ? `${colour}66` : colour;
}

function bar(candle: Candle) {
  return { time: candle.time as UTCTimestamp, open: candle.open, high: candle.high, low: candle.low, close: candle.close };
}

function volumeBar(candle: Candle) {
  return {
    time: candle.time as UTCTimestamp,
    value: candle.volume,
    color: faint(token(candle.close >= candle.open ? "--up" : "--down")),
  };
}

function isSame(a: Candle, b: Candle | undefined): boolean {
  return b !== undefined && a.time === b.time && a.close === b.close && a.high === b.high && a.low === b.low && a.volume === b.volume;
}

export function Canvas({ candles, forming, markers, scale, range, onRange, onMarker, ref }: CanvasProps) {
  const host = useRef<HTMLDivElement>(null);
  const parts = useRef<Parts | null>(null);
  const drawn = useRef<Candle[]>([]);
  /** The time of the last bar drawn, the forming one included: the library adds nothing before it. */
  const newest = useRef(0);
  const isPlaced = useRef(false);
  const calls = useRef({ onRange, onMarker });
  calls.current = { onRange, onMarker };
  const theme = useSettings((settings) => `${settings.theme} ${settings.colours}`);

  useEffect(() => {
    const chart = createChart(host.current!, {
      autoSize: true,
      layout: { attributionLogo: false }, // the notice stands in words under the chart; the logo needs an inline style
      crosshair: { mode: CrosshairMode.Normal },
      timeScale: { timeVisible: true, secondsVisible: false, rightOffset: 4 },
      handleScale: { axisPressedMouseMove: true },
    });
    const price = chart.addSeries(CandlestickSeries, {});
    const volume = chart.addSeries(HistogramSeries, { priceFormat: { type: "volume" }, priceScaleId: "volume", lastValueVisible: false, priceLineVisible: false });
    chart.priceScale("volume").applyOptions({ scaleMargins: { top: 0.82, bottom: 0 } });
    chart.priceScale("right").applyOptions({ scaleMargins: { top: 0.06, bottom: 0.22 } });
    parts.current = { chart, price, volume, markers: createSeriesMarkers(price, []) };
    chart.timeScale().subscribeVisibleTimeRangeChange((shown) => {
      if (shown && isPlaced.current) calls.current.onRange({ from: Number(shown.from), to: Number(shown.to) });
    });
    chart.subscribeClick((event) => {
      if (typeof event.hoveredObjectId === "string") calls.current.onMarker(event.hoveredObjectId);
    });
    return () => {
      chart.remove();
      parts.current = null;
      drawn.current = [];
      newest.current = 0;
      isPlaced.current = false;
    };
  }, []);

  useEffect(() => {
    if (!parts.current) return;
    paint(parts.current);
    parts.current.volume.setData(drawn.current.map(volumeBar));
  }, [theme]);

  useEffect(() => {
    const minMove = 10 ** -scale;
    parts.current?.price.applyOptions({ priceFormat: { type: "price", precision: scale, minMove } });
  }, [scale]);

  useEffect(() => {
    if (!parts.current || candles.length === 0) return;
    const { chart, price, volume } = parts.current;
    const before = drawn.current;
    const isSameStart = isPlaced.current && before.length > 0 && before[0]!.time === candles[0]!.time;
    const added = candles.slice(before.length);
    const isGrown =
      isSameStart &&
      before.every((old, place) => isSame(old, candles[place])) &&
      added.every((candle) => candle.time >= newest.current);
    if (isGrown) {
      for (const candle of added) {
        price.update(bar(candle));
        volume.update(volumeBar(candle));
        newest.current = candle.time;
      }
    } else {
      // A bar that comes late, or corrected, is behind what is drawn: draw all again at the same place.
      const kept = isSameStart ? chart.timeScale().getVisibleLogicalRange() : null;
      const shown = isPlaced.current ? chart.timeScale().getVisibleRange() : null;
      price.setData(candles.map(bar));
      volume.setData(candles.map(volumeBar));
      newest.current = candles.at(-1)!.time;
      const wanted = shown ?? range;
      if (kept) chart.timeScale().setVisibleLogicalRange(kept);
      else if (wanted)
        chart.timeScale().setVisibleRange({ from: Number(wanted.from) as UTCTimestamp, to: Number(wanted.to) as UTCTimestamp });
      else chart.timeScale().setVisibleLogicalRange({ from: candles.length - BARS_AT_FIRST, to: candles.length + 4 });
    }
    drawn.current = candles;
    setTimeout(() => {
      isPlaced.current = true; // the library reports its first placement too; that is not a person's zoom
    }, 0);
  }, [candles, range]);

  useEffect(() => {
    const last = candles.at(-1);
    if (!parts.current || !forming || !last || forming.time <= last.time) return;
    if (forming.time < newest.current) return;
    parts.current.price.update(bar(forming));
    parts.current.volume.update(volumeBar(forming));
    newest.current = forming.time;
  }, [forming, candles]);

  useEffect(() => {
    const isNarrow = (host.current?.clientWidth ?? 0) < TEXT_FITS_PX;
    parts.current?.markers.setMarkers(
      markers.map(
        (marker): SeriesMarker<Time> => ({
          id: marker.id,
          time: marker.time as UTCTimestamp,
          position: marker.side === "buy" ? "belowBar" : "aboveBar",
          shape: marker.side === "buy" ? "arrowUp" : "arrowDown",
          color: token(marker.side === "buy" ? "--up" : "--down"),
          ...(isNarrow ? {} : { text: marker.text }),
        }),
      ),
    );
  }, [markers, theme, candles]);

  useImperativeHandle(ref, () => ({
    showCursor: (candle) => {
      if (!parts.current) return;
      if (candle) parts.current.chart.setCrosshairPosition(candle.close, candle.time as UTCTimestamp, parts.current.price);
      else parts.current.chart.clearCrosshairPosition();
    },
    zoom: (factor) => {
      const scaleOfTime = parts.current?.chart.timeScale();
      const now = scaleOfTime?.getVisibleLogicalRange();
      if (!scaleOfTime || !now) return;
      const width = (now.to - now.from) * factor;
      scaleOfTime.setVisibleLogicalRange({ from: now.to - width, to: now.to });
    },
    scroll: (share) => {
      const scaleOfTime = parts.current?.chart.timeScale();
      const now = scaleOfTime?.getVisibleLogicalRange();
      if (!scaleOfTime || !now) return;
      const by = (now.to - now.from) * share;
      scaleOfTime.setVisibleLogicalRange({ from: now.from + by, to: now.to + by });
    },
    toLatest: () => parts.current?.chart.timeScale().scrollToRealTime(),
    range: () => {
      const shown = parts.current?.chart.timeScale().getVisibleRange();
      return shown ? { from: Number(shown.from), to: Number(shown.to) } : null;
    },
  }));

  return <div ref={host} className="canvas" aria-hidden="true" />;
}
