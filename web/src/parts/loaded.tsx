// The states of anything read from the server: loading, failed, partly there, empty, here.
import { useEffect, useState, type ReactNode } from "react";
import { NoAnswer, Problem } from "../api/problem";
import { age } from "../numbers/time";
import { useWords } from "../words/words";
import { Told } from "./figures";
import { Icon } from "./icon";
import { useNow } from "./now";
import type { Resource } from "./resource";

const SKELETON_AFTER_MS = 200;
const NAMED_AFTER_MS = 2_000;

/** Why a request failed, in words, with the number by which the log can be searched. */
export function Why({ error }: { error: unknown }) {
  const { say } = useWords();
  if (error instanceof NoAnswer || !(error instanceof Problem)) return <p>{say("state.no_answer")}</p>;
  const { detail, title, status, correlation_id: correlation } = error.body;
  return (
    <>
      <p>
        {say("state.failed_why", { why: "" })}
        <Told>
          {status} {detail || title}
        </Told>
      </p>
      {correlation && (
        <p className="quiet">
          {say("state.correlation")} <Told as="code">{correlation}</Told>
        </p>
      )}
    </>
  );
}

function Waiting({ what, since, rows }: { what: string; since: number; rows: number }) {
  const { say, language } = useWords();
  const now = useNow(500);
  const [isLate, setLate] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setLate(true), SKELETON_AFTER_MS);
    return () => clearTimeout(timer);
  }, []);
  const waited = now - since;
  return (
    <div className="waiting" data-state="loading" aria-busy="true">
      <p className={waited > NAMED_AFTER_MS ? "quiet" : "visually-hidden"} role="status">
        {waited > NAMED_AFTER_MS ? say("state.slow", { what, age: age(waited, language) }) : say("state.loading", { what })}
      </p>
      {isLate && (
        <div className="skeleton" aria-hidden="true">
          {Array.from({ length: rows }, (_, row) => (
            <span key={row} className="skeleton-row" />
          ))}
        </div>
      )}
    </div>
  );
}

interface LoadedProps {
  what: string;
  of: Resource<unknown>;
  /** Whether there is something to show, from this reading or from the stream. */
  has: boolean;
  isEmpty: boolean;
  empty: ReactNode;
  rows?: number;
  children: ReactNode;
}

export function Loaded({ what, of, has, isEmpty, empty, rows = 4, children }: LoadedProps) {
  const { say } = useWords();
  if (!has && of.error !== null)
    return (
      <div className="failed" data-state="error" role="alert">
        <p className="failed-title">
          <Icon name="warning" /> {say("state.failed", { what })}
        </p>
        <Why error={of.error} />
        <p className="quiet">{say("state.still_works")}</p>
        <button type="button" className="button" onClick={of.retry}>
          {say("state.retry")}
        </button>
      </div>
    );
  if (!has) return <Waiting what={what} since={of.since} rows={rows} />;
  return (
    <>
      {of.error !== null && (
        <div className="partial" data-state="partial" role="status">
          <p>
            <Icon name="warning" size={14} /> {say("state.partial", { what })}
          </p>
          <button type="button" className="button small" onClick={of.retry}>
            {say("state.retry")}
          </button>
        </div>
      )}
      {isEmpty ? (
        <div className="empty" data-state="empty">
          {empty}
        </div>
      ) : (
        children
      )}
    </>
  );
}

export function Empty({ title, why, children }: { title: string; why: string; children?: ReactNode }) {
  return (
    <>
      <p className="empty-title">{title}</p>
      <p className="quiet">{why}</p>
      {children}
    </>
  );
}
