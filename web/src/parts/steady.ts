// Rows that hold still while a person points at them.

/** Rows in a steady sequence: while `isHeld`, newcomers wait and nothing moves; known rows go on updating. */
export function steady<T>(rows: T[], shown: string[] | null, rowId: (row: T) => string): { rows: T[]; waiting: number } {
  if (shown === null) return { rows, waiting: 0 };
  const byId = new Map(rows.map((row) => [rowId(row), row]));
  const held = shown.flatMap((id) => byId.get(id) ?? []);
  return { rows: held, waiting: rows.length - held.length };
}
