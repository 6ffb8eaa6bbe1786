// What is stored, how good it is, and which feeds bring more.
import { api } from "../api/client";
import type { Feed, Series } from "../api/types";
import { exactly } from "../numbers/format";
import { day, millis } from "../numbers/time";
import { Told } from "../parts/figures";
import { Grid } from "../parts/grid";
import { InstrumentName } from "../parts/instrument_name";
import { Empty, Loaded } from "../parts/loaded";
import { Panel } from "../parts/panel";
import { useResource } from "../parts/resource";
import { FeedKind } from "../shell/truth_bar";
import { useLive } from "../stream/live";
import { useFeeds, useInstruments } from "../stream/reading";
import type { WordKey } from "../words/ko";
import { useWords } from "../words/words";

const seriesId = (series: Series): string => `${series.instrument} ${series.timeframe}`;
const feedId = (feed: Feed): string => feed.feed;

export default function Data() {
  const { say, zone } = useWords();
  const series = useResource("series", (signal) => api.series(signal));
  const feedsRead = useFeeds();
  const feeds = useLive((live) => live.feeds);
  const { byId } = useInstruments();
  const rows = series.data?.series ?? [];
  return (
    <>
      <h1>{say("data.title")}</h1>
      <Panel title={say("data.feeds")}>
        <Loaded
          what={say("data.feeds")}
          of={feedsRead}
          has={feeds !== null}
          isEmpty={(feeds ?? []).length === 0}
          empty={<p className="quiet">{say("data.feeds_empty")}</p>}
        >
          <Grid<Feed>
            caption={say("data.feeds")}
            rows={feeds ?? []}
            rowId={feedId}
            columns={[
              { id: "feed", label: say("data.feed"), cell: (feed) => <Told>{feed.feed}</Told>, onPhone: "head" },
              {
                id: "state",
                label: say("common.state"),
                cell: (feed) => say(`link.state.${feed.state}` as WordKey),
                onPhone: "head",
              },
              { id: "kind", label: say("data.description"), cell: (feed) => <FeedText feed={feed} /> },
              { id: "broker", label: say("data.broker"), cell: (feed) => <Told>{feed.broker}</Told>, onPhone: "hidden" },
              {
                id: "messages",
                label: say("data.messages"),
                isNumber: true,
                cell: (feed) => <span className="figure">{exactly(String(feed.messages))}</span>,
              },
            ]}
          />
        </Loaded>
      </Panel>
      <Panel title={say("data.series")} isLive={false}>
        <Loaded
          what={say("data.series")}
          of={series}
          has={series.data !== null}
          isEmpty={rows.length === 0}
          empty={<Empty title={say("data.empty")} why={say("data.empty_why")} />}
          rows={6}
        >
          <Grid<Series>
            caption={say("data.series")}
            rows={rows}
            rowId={seriesId}
            csvName="series"
            columns={[
              {
                id: "instrument",
                label: say("common.instrument"),
                cell: (each) => <InstrumentName id={each.instrument} name={byId.get(each.instrument)?.name} />,
                csv: (each) => each.instrument,
                onPhone: "head",
              },
              {
                id: "timeframe",
                label: say("data.timeframe"),
                cell: (each) => <Told>{each.timeframe}</Told>,
                csv: (each) => each.timeframe,
                onPhone: "head",
              },
              {
                id: "grade",
                label: say("data.grade"),
                cell: (each) => <span className={`grade grade-${each.grade.toLowerCase()}`}>{each.grade}</span>,
                csv: (each) => each.grade,
                onPhone: "head",
              },
              {
                id: "count",
                label: say("data.bars"),
                isNumber: true,
                cell: (each) => <span className="figure">{exactly(String(each.count))}</span>,
                csv: (each) => String(each.count),
              },
              {
                id: "first",
                label: say("data.from"),
                cell: (each) => <span className="figure">{day(millis(each.first_at), zone)}</span>,
                csv: (each) => each.first_at,
              },
              {
                id: "last",
                label: say("data.to"),
                cell: (each) => <span className="figure">{day(millis(each.last_at), zone)}</span>,
                csv: (each) => each.last_at,
              },
              {
                id: "findings",
                label: say("data.findings"),
                cell: (each) => <Findings findings={each.findings} />,
                csv: (each) => JSON.stringify(each.findings),
              },
              {
                id: "source",
                label: say("data.source"),
                cell: (each) => <Told>{each.source}</Told>,
                csv: (each) => each.source,
                onPhone: "hidden",
              },
            ]}
          />
        </Loaded>
      </Panel>
    </>
  );
}

function FeedText({ feed }: { feed: Feed }) {
  return (
    <>
      <FeedKind feed={feed} /> <Told>{feed.description}</Told>
    </>
  );
}

function Findings({ findings }: { findings: Record<string, number> }) {
  const { say } = useWords();
  const found = Object.entries(findings).filter(([, count]) => count > 0);
  if (found.length === 0) return <span className="quiet">{say("data.no_findings")}</span>;
  return <Told>{found.map(([kind, count]) => `${kind.replaceAll("_", " ")} ${count}`).join(", ")}</Told>;
}
