// Offer to install the page as an app, only when the browser says it can be, and never by itself.
import { useSyncExternalStore } from "react";
import { useWords } from "../words/words";

interface InstallEvent extends Event {
  prompt: () => Promise<void>;
}

let offered: InstallEvent | null = null;
const listeners = new Set<() => void>();

addEventListener("beforeinstallprompt", (event) => {
  event.preventDefault();
  offered = event as InstallEvent;
  listeners.forEach((listener) => listener());
});

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function Install() {
  const { say } = useWords();
  const offer = useSyncExternalStore(subscribe, () => offered);
  const isApple = /iPhone|iPad/.test(navigator.userAgent);
  if (isApple) return <p className="quiet">{say("settings.install_ios")}</p>;
  if (!offer) return null;
  return (
    <button type="button" className="button" onClick={() => void offer.prompt()}>
      {say("settings.install")}
    </button>
  );
}
