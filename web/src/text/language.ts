/** Which language the page speaks, and how it writes times and numbers. */

import { en, type Text } from "./en.ts";
import { ru } from "./ru.ts";

/** The languages the page has. */
export type Language = "en" | "ru";

/** All texts, by language. */
export const TEXTS: Record<Language, Text> = { en, ru };

/** All languages, in the order of the switch. */
export const LANGUAGES: readonly Language[] = ["en", "ru"];

const STORED_AS = "cordboard.language";

/** What was chosen before on this computer, else what the browser prefers, else English. */
export function firstLanguage(preferred: readonly string[], stored: string | null): Language {
  const chosen = LANGUAGES.find((language) => language === stored);
  if (chosen !== undefined) return chosen;
  for (const tag of preferred) {
    const known = LANGUAGES.find((language) => tag.toLowerCase().split("-")[0] === language);
    if (known !== undefined) return known;
  }
  return "en";
}

/** The language to begin with in this browser. */
export function browserLanguage(): Language {
  return firstLanguage(navigator.languages, localStorage.getItem(STORED_AS));
}

/** Remembers the choice on this computer. */
export function keepLanguage(language: Language): void {
  localStorage.setItem(STORED_AS, language);
}

/** Calls `changed` when another tab chooses a language. */
export function onLanguageKept(changed: (language: Language) => void): void {
  addEventListener("storage", (event) => {
    const language = LANGUAGES.find((known) => known === event.newValue);
    if (event.key === STORED_AS && language !== undefined) changed(language);
  });
}

/** A ticking span: `0:07`, `12:05`, `1:02:33`. Never negative. */
export function ticking(ms: number): string {
  const s = Math.max(0, Math.floor(ms / 1000));
  const two = (n: number) => String(n).padStart(2, "0");
  const minutes = Math.floor(s / 60) % 60;
  const hours = Math.floor(s / 3600);
  return hours > 0 ? `${hours}:${two(minutes)}:${two(s % 60)}` : `${minutes}:${two(s % 60)}`;
}

/** What is left of a countdown: rounded up, so that it shows 0:00 only when it is over. */
export function countdown(ms: number): string {
  return ticking(Math.ceil(Math.max(0, ms) / 1000) * 1000);
}

/** A span in words for running text: seconds below two minutes, else whole minutes. */
export function spoken(text: Text, ms: number): string {
  const s = Math.max(0, Math.round(ms / 1000));
  return s < 120 ? text.units.seconds(s) : text.units.minutes(Math.round(s / 60));
}

/** A total: `45 s`, `12 min`, `3 h 20 min`. */
export function total(text: Text, ms: number): string {
  const s = Math.max(0, Math.floor(ms / 1000));
  const { hours_short, minutes_short, seconds_short } = text.units;
  if (s < 60) return seconds_short(String(s));
  const minutes = Math.floor(s / 60);
  if (minutes < 60) return minutes_short(minutes);
  const rest = minutes % 60;
  return rest === 0 ? hours_short(Math.floor(minutes / 60)) : `${hours_short(Math.floor(minutes / 60))} ${minutes_short(rest)}`;
}

/** A mean of some seconds, to a tenth: `4.2 s`, `4,2 с`. */
export function meanSeconds(language: Language, text: Text, ms: number): string {
  const digits = new Intl.NumberFormat(language, { minimumFractionDigits: 1, maximumFractionDigits: 1 });
  return text.units.seconds_short(digits.format(ms / 1000));
}

/** A time of day the way the reader writes it. `localMs` is a local time. */
export function timeOfDay(language: Language, localMs: number): string {
  const region = typeof navigator === "undefined" ? undefined : navigator.language;
  const locale = region?.toLowerCase().startsWith(language) ? region : language;
  return new Intl.DateTimeFormat(locale, { hour: "2-digit", minute: "2-digit", second: "2-digit" }).format(localMs);
}

/** A time of day without seconds, the way the reader writes it. `localMs` is a local time. */
export function shortTime(language: Language, localMs: number): string {
  return new Intl.DateTimeFormat(language, { hour: "2-digit", minute: "2-digit" }).format(localMs);
}

/** A day and time, the way the reader writes it; short enough for a table. */
export function dayAndTime(language: Language, ms: number): string {
  return new Intl.DateTimeFormat(language, { dateStyle: "short", timeStyle: "short" }).format(ms);
}

/** A day, the way the reader writes it. */
export function day(language: Language, ms: number): string {
  return new Intl.DateTimeFormat(language, { dateStyle: "medium" }).format(ms);
}
