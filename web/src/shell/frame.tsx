// The frame around every screen: truth bar, account mode, kill switch, ways to go, banners.
import { Suspense, useCallback, useEffect, useRef, useState, type ReactNode } from "react";
import { AccountBadge } from "../parts/account_badge";
import { Icon, type IconName } from "../parts/icon";
import { useLive } from "../stream/live";
import { useWords } from "../words/words";
import { Announcer } from "./announcer";
import { useBanner, useFreshness } from "./freshness";
import { Guard } from "./guard";
import { Help } from "./help";
import { actsInWords, KillButton, KillDialog } from "./kill_switch";
import { useKeyboard } from "./keyboard";
import { Link } from "./link";
import { Palette } from "./palette";
import { keepInAddress, pathOf, useRoute, type Screen } from "./route";
import { TruthBar } from "./truth_bar";
import { UpdatePrompt } from "./update_prompt";

const RAIL: Screen[] = ["dashboard", "chart", "orders", "positions", "strategies", "risk", "data", "settings"];
const TABS: Screen[] = ["dashboard", "chart", "orders", "positions", "more"];
const UNDER_MORE: Screen[] = ["more", "strategies", "risk", "data", "settings"];

function Ways({ screens, current, className }: { screens: Screen[]; current: Screen; className: string }) {
  const { say } = useWords();
  return (
    <nav className={className} aria-label={say("app.main_navigation")}>
      <ul>
        {screens.map((screen) => (
          <li key={screen}>
            <Link href={pathOf(screen)} {...(screen === current ? { "aria-current": "page" as const } : {})}>
              <Icon name={screen as IconName} size={18} />
              <span>{say(`screen.${screen}`)}</span>
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  );
}

/** LIVE wins: one live account among paper ones makes the whole page live. */
function useMode(): "live" | "paper" | "none" {
  return useLive((live) => {
    const accounts = live.portfolio ?? [];
    if (accounts.some((account) => account.kind === "live")) return "live";
    return accounts.length > 0 ? "paper" : "none";
  });
}

export function Frame({ children }: { children: ReactNode }) {
  const { say } = useWords();
  const { screen, rest, query } = useRoute();
  const [open, setOpen] = useState<"kill" | "help" | "palette" | null>(null);
  const accounts = useLive((live) => live.portfolio);
  const kill = useLive((live) => live.kill);
  const mode = useMode();
  const fresh = useFreshness();
  const banner = useBanner();
  const main = useRef<HTMLElement>(null);
  const isFirst = useRef(true);
  const close = useCallback(() => setOpen(null), []);
  const showKill = useCallback(() => setOpen("kill"), []);
  const showHelp = useCallback(() => setOpen("help"), []);
  useKeyboard({ help: showHelp, palette: () => setOpen("palette"), kill: showKill });
  useEffect(() => {
    document.title = `${say(`screen.${screen}`)} · JTS`;
    if (!isFirst.current) {
      main.current?.focus({ preventScroll: true });
      scrollTo(0, 0);
    }
    isFirst.current = false;
  }, [screen, rest, say]);
  const wantsKill = query.get("kill") === "open";
  useEffect(() => {
    if (!wantsKill) return;
    keepInAddress({ kill: null });
    setOpen("kill");
  }, [wantsKill]);
  return (
    <div className="frame" data-mode={mode} data-fresh={fresh.isFresh ? "live" : "old"}>
      <a className="skip" href="#main">
        {say("app.skip")}
      </a>
      <header className="top">
        <div className="brand">
          <img src="/icons/icon.svg" alt="" width="26" height="26" />
          <span>JTS</span>
        </div>
        <div className="modes">
          {(accounts ?? []).length === 0 ? (
            <AccountBadge account={null} />
          ) : (
            accounts!.map((account) => <AccountBadge key={account.account} account={account} />)
          )}
        </div>
        <TruthBar />
        <div className="top-actions">
          <button type="button" className="button find" onClick={() => setOpen("palette")}>
            <Icon name="search" /> <span>{say("palette.title")}</span> <kbd>Ctrl K</kbd>
          </button>
          <button type="button" className="button icon-only help-button" aria-label={say("help.open")} onClick={showHelp}>
            <Icon name="question" size={18} />
          </button>
          <KillButton onOpen={showKill} />
        </div>
      </header>
      <Ways screens={RAIL} current={screen} className="rail" />
      <div className="content">
        {kill?.engaged && (
          <div className="banner danger" role="status">
            <Icon name="stop" /> <span>{say("kill.engaged_short", { acts: actsInWords(say, kill.acts) })}</span>
            <button type="button" className="button small" onClick={showKill}>
              {say("common.details")}
            </button>
          </div>
        )}
        {banner && (
          <div className={`banner ${banner.tone}`} data-testid="connection-banner">
            <Icon name={fresh.state === "stale" ? "clock" : "cut"} /> <span>{banner.text}</span>
          </div>
        )}
        <main id="main" ref={main} tabIndex={-1} data-screen={screen}>
          <Guard key={screen} title={say("state.failed", { what: say(`screen.${screen}`) })} works={say("state.still_works")} retry={say("state.retry")}>
            <Suspense fallback={<p className="quiet">{say("app.loading")}</p>}>{children}</Suspense>
          </Guard>
        </main>
      </div>
      <Ways screens={TABS} current={UNDER_MORE.includes(screen) ? "more" : screen} className="tabs" />
      <KillDialog isOpen={open === "kill"} onClose={close} />
      <Help isOpen={open === "help"} onClose={close} />
      <Palette isOpen={open === "palette"} onClose={close} onKill={showKill} onHelp={showHelp} />
      <UpdatePrompt />
      <Announcer />
    </div>
  );
}
