// The sequence of the stream: per connection, without gaps, counted from the snapshot.
import type { Frame } from "../api/types";

/** What to do with a frame, given the last sequence applied (null: no snapshot yet). */
export function judge(frame: Frame, last: number | null): "apply" | "drop" | "gap" {
  if (frame.type === "snapshot") return "apply";
  if (last === null) return "gap";
  if (frame.type === "heartbeat") return frame.sequence > last ? "gap" : "apply";
  if (frame.sequence <= last) return "drop";
  return frame.sequence === last + 1 ? "apply" : "gap";
}
