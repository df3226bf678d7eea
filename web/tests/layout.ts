/** What is measured on a drawn page: overflow, contrast, places. Runs inside the browser. */

import type { Page } from "playwright-core";

/** Elements whose text does not fit, except those that are cut on purpose and say the rest elsewhere. */
export function overflowing(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const found: string[] = [];
    const width = document.documentElement.clientWidth;
    const hiddenFromSight = (element: Element | null): boolean =>
      element !== null && (getComputedStyle(element).clipPath !== "none" || hiddenFromSight(element.parentElement));
    if (document.documentElement.scrollWidth > width) found.push(`the page is ${document.documentElement.scrollWidth} px wide`);
    for (const element of document.querySelectorAll<HTMLElement>("#page *")) {
      const style = getComputedStyle(element);
      const box = element.getBoundingClientRect();
      if (box.width <= 1 || style.visibility === "hidden" || hiddenFromSight(element)) continue;
      const name = `${element.tagName.toLowerCase()}.${element.className} "${element.innerText?.slice(0, 30) ?? ""}"`;
      if (box.right > width + 1 || box.left < -1) found.push(`${name} sticks out of the page`);
      const cutOnPurpose = style.textOverflow === "ellipsis" || style.webkitLineClamp !== "none";
      if (cutOnPurpose && element.scrollWidth > element.clientWidth + 1 && element.title === "") found.push(`${name} is cut off`);
      const panel = element.closest(".panel, button")?.getBoundingClientRect();
      if (panel !== undefined && (box.right > panel.right + 1 || box.bottom > panel.bottom + 1) && !element.closest(".reasons-menu")) {
        found.push(`${name} sticks out of its panel`);
      }
    }
    return found;
  });
}

/** Texts with less contrast than WCAG 2.2 AA asks for (1.4.3: 4.5, or 3 for large text). */
export function faint(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const hiddenFromSight = (element: Element | null): boolean =>
      element !== null && (getComputedStyle(element).clipPath !== "none" || hiddenFromSight(element.parentElement));
    type Colour = [number, number, number, number];
    const canvas = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
    if (canvas === null) throw new Error("no canvas");
    // The canvas knows every way CSS writes a colour, color-mix() included.
    const parse = (css: string): Colour => {
      canvas.clearRect(0, 0, 1, 1);
      canvas.fillStyle = css;
      canvas.fillRect(0, 0, 1, 1);
      const [r = 0, g = 0, b = 0, a = 0] = canvas.getImageData(0, 0, 1, 1).data;
      return [r, g, b, a / 255];
    };
    const over = (top: Colour, below: Colour): Colour => {
      const mix = (a: number, b: number) => a * top[3] + b * (1 - top[3]);
      return [mix(top[0], below[0]), mix(top[1], below[1]), mix(top[2], below[2]), 1];
    };
    const light = (colour: Colour) => {
      const [r = 0, g = 0, b = 0] = colour.slice(0, 3).map((part) => {
        const s = part / 255;
        return s <= 0.04045 ? s / 12.92 : ((s + 0.055) / 1.055) ** 2.4;
      });
      return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const chain = (element: Element) => {
      const up: Element[] = [];
      for (let at: Element | null = element; at !== null; at = at.parentElement) up.unshift(at);
      return up;
    };
    const found: string[] = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
      const element = node.parentElement;
      const text = node.textContent?.trim() ?? "";
      if (element === null || text === "" || !element.checkVisibility()) continue;
      if (element.closest(":disabled, noscript") !== null || hiddenFromSight(element)) continue;
      if (document.querySelector("dialog[open]") !== null && element.closest("dialog") === null) continue;
      const line = chain(element);
      const ground = line.reduce<Colour>((below, at) => over(parse(getComputedStyle(at).backgroundColor), below), [255, 255, 255, 1]);
      const own = parse(getComputedStyle(element).color);
      own[3] *= line.reduce((product, at) => product * Number(getComputedStyle(at).opacity), 1);
      const [a, b] = [light(over(own, ground)), light(ground)];
      const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
      const px = parseFloat(getComputedStyle(element).fontSize);
      const bold = Number(getComputedStyle(element).fontWeight) >= 700;
      const least = px >= 24 || (bold && px >= 18.66) ? 3 : 4.5;
      if (contrast < least) found.push(`"${text.slice(0, 30)}" has ${contrast.toFixed(2)}`);
    }
    return found;
  });
}

/** Where the button, the call area and the queues are. */
export function places(page: Page): Promise<Record<string, string>> {
  return page.evaluate(() => {
    const place: Record<string, string> = {};
    for (const name of ["#ready", ".call", ".dial", ".marks", ".queues"]) {
      const box = document.querySelector(name)?.getBoundingClientRect();
      place[name] = box === undefined ? "none" : [box.left, box.top + scrollY, box.width].map(Math.round).join(" ");
    }
    return place;
  });
}
