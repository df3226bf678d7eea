/** The head of the page: whose desk it is, the phone, the sound, the language. */

import { html, nothing, type TemplateResult } from "lit-html";
import type { Actions, Model } from "../desk/model.ts";
import type { Person } from "../link/http.ts";
import { LANGUAGES, TEXTS } from "../text/language.ts";
import { icon } from "./icon.ts";

/** Draws the head. */
export function header(model: Model, person: Person, actions: Actions): TemplateResult {
  const text = model.text.header;
  return html`<header class="head">
    <div class="head-row">
      ${brand()}
      <div class="head-person">
        <span class="person-name">${person.displayName}</span>
        ${languageSwitch(model, actions)}
        <button class="plain" type="button" @click=${() => actions.signOut()}>${icon("out")}<span>${text.sign_out}</span></button>
      </div>
    </div>
    ${model.screen.at === "desk" ? tools(model, actions) : nothing}
  </header>`;
}

/** The product's mark and name. */
export function brand(): TemplateResult {
  return html`<span class="brand">
    <svg class="brand-mark" viewBox="0 0 32 32" aria-hidden="true" focusable="false">
      <rect width="32" height="32" rx="8" />
      <circle cx="10.5" cy="10.5" r="3.2" />
      <circle cx="21.5" cy="21.5" r="3.2" />
      <path d="M10.5 14v2.5a5 5 0 0 0 5 5h2.5" />
    </svg>
    Cordboard</span
  >`;
}

/** One button for each language; the present one is pressed. */
export function languageSwitch(model: Model, actions: Actions): TemplateResult {
  return html`<div class="languages" role="group" aria-label=${model.text.header.language}>
    ${LANGUAGES.map(
      (language) =>
        html`<button
          type="button"
          lang=${language}
          aria-label=${TEXTS[language].language}
          aria-pressed=${model.language === language ? "true" : "false"}
          @click=${() => actions.chooseLanguage(language)}
        >
          ${language.toUpperCase()}
        </button>`,
    )}
  </div>`;
}

function tools(model: Model, actions: Actions): TemplateResult {
  const text = model.text.header;
  const phone = model.agent?.phone ?? "unknown";
  const sound = { on: text.sound_on, off: text.sound_off, blocked: text.sound_blocked }[model.sound];
  return html`<div class="tools">
    <span class="phone" data-phone=${phone}>${icon(phone === "absent" ? "phone_away" : "phone")}<span>${text.phone[phone]}</span></span>
    <button class="plain" type="button" data-sound=${model.sound} @click=${() => actions.toggleSound()}>
      ${icon(model.sound === "on" ? "bell" : "bell_off")}<span>${sound}</span>
    </button>
    ${model.notifications === "default"
      ? html`<button class="plain" type="button" title=${text.notify_hint} @click=${() => actions.allowNotifications()}>
          ${icon("message")}<span>${text.notify}</span>
        </button>`
      : nothing}
    <button class="plain tool-keys" type="button" aria-haspopup="dialog" @click=${() => actions.toggleKeys(true)}>
      ${icon("keyboard")}<span>${text.keys}</span><kbd>?</kbd>
    </button>
  </div>`;
}
