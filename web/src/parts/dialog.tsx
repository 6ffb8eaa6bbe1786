// A modal question. The browser's own dialog keeps the focus inside and gives it back to where it came from.
import { useEffect, useId, useRef, type ReactNode } from "react";
import { useWords } from "../words/words";
import { Icon } from "./icon";

export function Dialog({
  title,
  isOpen,
  onClose,
  className = "",
  children,
}: {
  title: string;
  isOpen: boolean;
  onClose: () => void;
  className?: string;
  children: ReactNode;
}) {
  const { say } = useWords();
  const id = useId();
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const element = dialog.current;
    if (!element || !isOpen) return undefined;
    const opener = document.activeElement;
    if (!element.open) element.showModal();
    return () => {
      element.close();
      if (opener instanceof HTMLElement && opener.isConnected) opener.focus();
    };
  }, [isOpen]);
  if (!isOpen) return null;
  return (
    <dialog
      ref={dialog}
      className={`dialog ${className}`}
      aria-labelledby={id}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
    >
      <div className="dialog-head">
        <h2 id={id}>{title}</h2>
        <button type="button" className="button icon-only" aria-label={say("common.close")} onClick={onClose}>
          <Icon name="cross" size={18} />
        </button>
      </div>
      {children}
    </dialog>
  );
}
