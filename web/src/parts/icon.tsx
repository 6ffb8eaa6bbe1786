// Small line drawings. Always beside a word or with a label: an icon alone says nothing to a screen reader.

const DRAWINGS = {
  dashboard: "M3 13h8V3H3zM13 21h8V11h-8zM3 21h8v-6H3zM13 9h8V3h-8z",
  chart: "M7 4v3M7 15v5M5 7h4v8H5zM17 3v4M17 14v6M15 7h4v7h-4z",
  orders: "M5 4h14M5 9h14M5 14h9M5 19h6M17 15v6M14 18h6",
  positions: "M3 20V10M9 20V4M15 20v-7M21 20V8",
  strategies: "M6 3v6a3 3 0 0 0 3 3h6a3 3 0 0 1 3 3v6M4 5l2-2 2 2M16 19l2 2 2-2M18 3v4M6 17v4",
  risk: "M4 18a8 8 0 1 1 16 0M12 18l4-7",
  data: "M4 6c0-1.700 3.600-3 8-3s8 1.300 8 3-3.600 3-8 3-8-1.300-8-3zM4 6v12c0 1.700 3.600 3 8 3s8-1.300 8-3V6M4 12c0 1.700 3.600 3 8 3s8-1.300 8-3",
  settings: "M4 7h10M18 7h2M4 17h2M10 17h10M14 4v6M6 14v6",
  more: "M5 12h.010M12 12h.010M19 12h.010",
  clock: "M12 7v5l3 2M21 12a9 9 0 1 1-18 0 9 9 0 0 1 18 0z",
  stop: "M8 3h8l5 5v8l-5 5H8l-5-5V8zM12 8v5M12 16h.010",
  warning: "M12 4l9 16H3zM12 10v4M12 17h.010",
  ok: "M5 12l5 5L19 7",
  cross: "M6 6l12 12M18 6L6 18",
  up: "M12 19V6M6 11l6-6 6 6",
  down: "M12 5v13M6 13l6 6 6-6",
  question: "M9 9a3 3 0 1 1 4.500 2.600c-1 .600-1.500 1.200-1.500 2.400M12 18h.010M21 12a9 9 0 1 1-18 0 9 9 0 0 1 18 0z",
  search: "M11 18a7 7 0 1 0 0-14 7 7 0 0 0 0 14zM20 20l-4-4",
  link: "M9 15l6-6M8 12l-2 2a3 3 0 1 0 4 4l2-2M16 12l2-2a3 3 0 1 0-4-4l-2 2",
  cut: "M3 3l18 18M9 5a9 9 0 0 1 12 4M3 9a13 13 0 0 1 4-2.500M7 13a7 7 0 0 1 3-1.700M12 19h.010",
  lock: "M6 11h12v9H6zM8 11V8a4 4 0 1 1 8 0v3",
  minus: "M5 12h14",
  plus: "M5 12h14M12 5v14",
  left: "M14 6l-6 6 6 6",
  right: "M10 6l6 6-6 6",
} as const;

export type IconName = keyof typeof DRAWINGS;

export function Icon({ name, size = 16 }: { name: IconName; size?: number }) {
  return (
    <svg
      className="icon"
      width={size}
      height={size}
      viewBox="0 0 24 24"
      fill="none"
      stroke="currentColor"
      strokeWidth="2"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
      focusable="false"
    >
      <path d={DRAWINGS[name]} />
    </svg>
  );
}
