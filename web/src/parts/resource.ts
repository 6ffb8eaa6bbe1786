// Something read from the server: loading, failed or here, with a way to ask again.
import { useCallback, useEffect, useRef, useState } from "react";

export interface Resource<T> {
  data: T | null;
  error: unknown;
  isLoading: boolean;
  /** When the loading began, for "still reading" messages. */
  since: number;
  retry: () => void;
}

/** Read again whenever `name` changes; keeps what it has while reading. `name` null: nothing to read yet. */
export function useResource<T>(name: string | null, load: (signal: AbortSignal) => Promise<T>): Resource<T> {
  const [attempt, setAttempt] = useState(0);
  const [state, setState] = useState<{ name: string | null; data: T | null; error: unknown; isLoading: boolean; since: number }>(
    () => ({ name: null, data: null, error: null, isLoading: name !== null, since: Date.now() }),
  );
  const latest = useRef(load);
  latest.current = load;
  useEffect(() => {
    if (name === null) return undefined;
    const stop = new AbortController();
    setState((old) => ({
      name,
      data: old.name?.split("#")[0] === name.split("#")[0] ? old.data : null,
      error: null,
      isLoading: true,
      since: Date.now(),
    }));
    latest.current(stop.signal).then(
      (data) => stop.signal.aborted || setState((old) => ({ ...old, data, error: null, isLoading: false })),
      (error: unknown) => stop.signal.aborted || setState((old) => ({ ...old, error, isLoading: false })),
    );
    return () => stop.abort();
  }, [name, attempt]);
  const retry = useCallback(() => setAttempt((count) => count + 1), []);
  const { data, error, isLoading, since } = state;
  return { data, error, isLoading, since, retry };
}

/** A number that follows `value`, but changes at most once per `everyMs`. */
export function useThrottled(value: number, everyMs: number): number {
  const [shown, setShown] = useState(value);
  const last = useRef(0);
  useEffect(() => {
    const wait = Math.max(0, last.current + everyMs - Date.now());
    const timer = setTimeout(() => {
      last.current = Date.now();
      setShown(value);
    }, wait);
    return () => clearTimeout(timer);
  }, [value, everyMs]);
  return shown;
}
