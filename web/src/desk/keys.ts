/** The keys of the desk. They do nothing while somebody types. */

import type { Desk } from "./desk.ts";

/** Listens for the keys R, E, X, T and ? on the whole page. Letters count by their place, so that they work on a Russian layout. */
export function bindKeys(desk: Desk): void {
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
    if (desk.model.screen.at !== "desk" || isTyping(event.target)) return;
    if (event.key === "Escape") {
      desk.toggleReasons(false);
      desk.toggleKeys(false);
      desk.toggleTransfer(false);
    } else if (event.key === "?" || (event.code === "Slash" && event.shiftKey)) {
      desk.toggleKeys(!desk.model.keysOpen);
    } else if (desk.model.keysOpen || desk.model.transfer.open) {
      return; // the list is in front: a key must not act behind it
    } else if (event.code === "KeyR" && !event.shiftKey) {
      desk.toggleReady();
    } else if (event.code === "KeyE" && !event.shiftKey) {
      desk.endWrapUp();
    } else if (event.code === "KeyX" && !event.shiftKey) {
      desk.extendWrapUp();
    } else if (event.code === "KeyT" && !event.shiftKey) {
      desk.toggleTransfer(true);
    } else {
      return;
    }
    event.preventDefault();
  });
}

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.closest("input, textarea, select, [contenteditable]") !== null;
}
