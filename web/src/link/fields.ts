/** Reads the fields of what came over the wire, with errors that name them. */

/** Shown texts are cut here: a card that scrolls for pages helps nobody. */
const TEXT_LENGTH_MAX = 500;

/** A frame that is not what the contract says; `message` names the field. */
export class WireError extends Error {}

/** A JSON object whose fields are still to be looked at. */
export type Fields = Record<string, unknown>;

/** An object; `at` names it in errors. */
export function fields(value: unknown, at: string): Fields {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new WireError(`${at}: expected an object`);
  }
  return value as Fields;
}

/** A text; identifiers may be numbers. */
export function text(from: Fields, name: string): string {
  const value = from[name];
  if (typeof value === "string") return value.slice(0, TEXT_LENGTH_MAX);
  if (typeof value === "number") return String(value); // identifiers may be numbers
  throw new WireError(`${name}: expected a string`);
}

/** A text, or nothing for an empty one. */
export function textOrNull(from: Fields, name: string): string | null {
  const value = from[name];
  if (value === undefined || value === null || value === "") return null;
  if (typeof value === "string") return value.slice(0, TEXT_LENGTH_MAX);
  return JSON.stringify(value).slice(0, TEXT_LENGTH_MAX);
}

/** A number. */
export function number(from: Fields, name: string): number {
  const value = from[name];
  if (typeof value !== "number" || !Number.isFinite(value)) {
    throw new WireError(`${name}: expected a number`);
  }
  return value;
}

/** A time of the contract, in ms since 1970. */
export function time(from: Fields, name: string): number {
  const value = from[name];
  const ms = typeof value === "string" ? Date.parse(value) : NaN;
  if (Number.isNaN(ms)) throw new WireError(`${name}: expected a time`);
  return ms;
}

/** A time, if there is one. */
export function timeOrNull(from: Fields, name: string): number | null {
  return from[name] === undefined || from[name] === null ? null : time(from, name);
}

/** A number, if there is one. */
export function numberOrNull(from: Fields, name: string): number | null {
  return from[name] === undefined || from[name] === null ? null : number(from, name);
}

/** A known word, or `otherwise` for one that is not. */
export function oneOf<T extends string>(from: Fields, name: string, known: readonly T[], otherwise: T): T {
  const value = from[name];
  return known.find((word) => word === value) ?? otherwise;
}

/** Whether the field is `true`. */
export function flag(from: Fields, name: string): boolean {
  return from[name] === true;
}

/** A list of objects, each decoded by `read`. */
export function list<T>(from: Fields, name: string, read: (value: unknown) => T): T[] {
  const value = from[name];
  if (!Array.isArray(value)) throw new WireError(`${name}: expected a list`);
  return value.map(read);
}

/** A list of texts; absent is empty. */
export function texts(from: Fields, name: string): string[] {
  const value = from[name];
  return Array.isArray(value) ? value.filter((one): one is string => typeof one === "string") : [];
}
