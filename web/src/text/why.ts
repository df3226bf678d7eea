/** Why a decision was made: the record says it in English, phrase by phrase it is put into the reader's language. */

import type { Language } from "./language.ts";

/** The phrases of `cordboard journal show`, in its order: the longer first. A test holds the two together. */
export const PHRASES: readonly (readonly [string, string])[] = [
  ["first of the list of ", "первый по списку из "],
  ["next by weight of ", "очередной по весам из "],
  [" reserves free; ", " свободных резервов; "],
  ["sent there at once", "направлен туда сразу"],
  ["the queue is full", "очередь полна"],
  ["waited too long", "ждал слишком долго"],
  ["no agent is logged in", "никого нет на работе"],
  ["the queue is closed", "очередь закрыта"],
  ["by a key", "по клавише"],
  ["by the policy", "по правилам владельца"],
  [", threshold ", ", порог "],
  ["no agent free", "нет свободного оператора"],
  ["reserves passed over: ", "пропущены резервы: "],
  ["outside of its hours", "вне своих часов"],
  ["has its calls of the day", "исчерпал дневной предел"],
  ["has its calls of the hour", "исчерпал часовой предел"],
  ["has its calls at once", "занят полностью"],
  ["ban lifted by supervisor", "отстранение снял"],
  ["asks a colleague", "спрашивает коллегу"],
  ["asked by a colleague", "спрошен коллегой"],
  ["answered a colleague", "ответил коллеге"],
  ["back to the caller", "снова со звонящим"],
  ["back to the colleague", "снова с коллегой"],
  ["speaks with the colleague", "говорит с коллегой"],
  ["waits for the colleague", "ждёт коллегу"],
  ["all three speak", "говорят втроём"],
  ["was given the call", "принял вызов от коллеги"],
  ["asked no more", "больше не нужен"],
  ["left the talk", "вышел из разговора"],
  ["talk ended", "разговор закончен"],
  ["call first of ", "вызов первый из "],
  [" to be served", " ждущих"],
  ["(priority ", "(приоритет "],
  [", waited ", ", ожидание "],
  ["waited ", "ждал "],
  ["idle longest", "дольше всех без дела"],
  ["phone rings", "телефон звонит"],
  ["found talking by the session's status", "по ответу сессии разговор идёт"],
  ["an agent transferred the caller there", "туда перевёл оператор"],
  ["; ranked ", "; место "],
  ["offered a call longest ago", "дольше всех без предложений"],
  ["fewest calls today", "меньше всех вызовов за день"],
  ["least talk today", "меньше всех разговоров за день"],
  ["first by the fixed order", "первый по заданному порядку"],
  ["drawn at random", "выбран случайно"],
  [" free;", " свободных;"],
  [" of ", " из "],
  ["passed over: ", "пропущены: "],
  ["on a call", "заняты вызовом"],
  ["in wrap-up", "в обработке"],
  ["banned by rule", "отстранило правило"],
  ["banned by", "отстранил"],
  ["banned", "отстранены"],
  ["in retry delay", "после пропуска"],
  ["without a phone", "без телефона"],
  ["without a page", "без страницы"],
  ["page is gone", "страница пропала"],
  ["page is back", "страница вернулась"],
  ["another rule for pages", "другое правило о страницах"],
  ["set by rule", "решение правила"],
  ["after the call", "после разговора"],
  ["ban lifted by rule", "отстранение сняло правило"],
  ["set by supervisor", "решение руководителя"],
  ["ban lifted by supervisor", "отстранение снял руководитель"],
  ["ban lifted by the agent", "отстранение снял оператор"],
  ["not ready", "не готовы"],
  ["offline", "не на работе"],
  ["skills needed: ", "нужно навыков: "],
  ["eased ", "смягчено раз: "],
  [" times", ""],
  ["; phone ", "; телефон "],
  [" at once", " одновременно"],
  ["offered a call", "предложен вызов"],
  ["offers missed in a row", "пропуска подряд"],
  ["offers declined in a row", "отказа подряд"],
  ["offers in a row to a busy phone", "раза подряд занят телефон"],
  ["offers in a row to a phone out of reach", "раза подряд недоступен телефон"],
  ["offers in a row without a registered phone", "раза подряд нет телефона"],
  ["most skilled", "лучше всех умеет"],
  ["chosen by the agent", "выбор оператора"],
  ["chosen by", "выбор:"],
  ["goes to anybody", "достаётся любому"],
  [" does not serve the queue", " не обслуживает очередь"],
  ["wrap-up over", "обработка закончена"],
  ["wrap-up ended by", "обработку закончил"],
  ["wrap-up extended by", "обработку продлил"],
  ["ban over", "отстранение закончилось"],
  ["configured no more", "больше не настроен"],
  ["configured", "настроен"],
  [" is busy", " занят"],
  [" is free", " свободен"],
  [": vacation;", ": отпуск;"],
  [": ill;", ": болеет;"],
  [": left;", ": больше не работает;"],
  [": other;", ": нет на месте;"],
  [": not at work;", ": не на работе;"],
  ["asked for, and nobody else", "просили именно его"],
  [" was asked for", " просили"],
  ["not taken in time", "не взят вовремя"],
  ["no session announced itself", "сессия не пришла"],
  [" the agent", " оператор"],
  ["rule ", "правило "],
  ["supervisor ", "руководитель "],
];

/** A recorded span as people say it: `0.4 s`, `12 s`, `1 min 5 s`, `2 h 3 min`. */
function span(language: Language, ms: number): string {
  const [second, minute, hour] = language === "ru" ? ["с", "мин", "ч"] : ["s", "min", "h"];
  const tenths = new Intl.NumberFormat(language, { maximumFractionDigits: 1 });
  if (ms < 10_000) return `${tenths.format(ms / 1000)} ${second}`;
  const s = Math.round(ms / 1000);
  if (s < 60) return `${s} ${second}`;
  const minutes = Math.floor(s / 60);
  if (minutes < 60) return s % 60 === 0 ? `${minutes} ${minute}` : `${minutes} ${minute} ${s % 60} ${second}`;
  return `${Math.floor(minutes / 60)} ${hour} ${minutes % 60} ${minute}`;
}

/** The reason in a language. */
export function whyText(language: Language, why: string): string {
  const told = why.replace(/(\d+) ms\b/g, (_, ms: string) => span(language, Number(ms)));
  if (language === "en") return told;
  return PHRASES.reduce((text, [english, russian]) => text.replaceAll(english, russian), told);
}
