// A new build is offered, never forced: no reload happens while a person may be in the middle of an order.
import { useEffect, useState } from "react";
import { useWords } from "../words/words";

export function UpdatePrompt() {
  const { say } = useWords();
  const [waiting, setWaiting] = useState<ServiceWorker | null>(null);
  useEffect(() => {
    if (!("serviceWorker" in navigator) || !import.meta.env.PROD) return undefined;
    let isGone = false;
    void navigator.serviceWorker.register("/sw.js", { scope: "/", updateViaCache: "none" }).then((registration) => {
      const look = (): void => {
        if (!isGone && registration.waiting && navigator.serviceWorker.controller) setWaiting(registration.waiting);
      };
      look();
      registration.addEventListener("updatefound", () => {
        registration.installing?.addEventListener("statechange", look);
      });
    }, () => undefined); // no worker: the page works, only not offline
    return () => {
      isGone = true;
    };
  }, []);
  if (!waiting) return null;
  return (
    <div className="update" role="status" data-testid="update-prompt">
      <p>{say("app.update_ready")}</p>
      <div className="row">
        <button
          type="button"
          className="button primary"
          onClick={() => {
            navigator.serviceWorker.addEventListener("controllerchange", () => location.reload(), { once: true });
            waiting.postMessage({ type: "apply-update" });
          }}
        >
          {say("app.update_apply")}
        </button>
        <button type="button" className="button" onClick={() => setWaiting(null)}>
          {say("app.later")}
        </button>
      </div>
    </div>
  );
}
