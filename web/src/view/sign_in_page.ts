/** The page for signing in. */

import { html, nothing, type TemplateResult } from "lit-html";
import type { Actions, Model, Screen, SignInProblem } from "../desk/model.ts";
import { countdown } from "../text/language.ts";
import { brand, languageSwitch } from "./header.ts";
import { icon } from "./icon.ts";
import { refusedText } from "../text/refused.ts";

type SignIn = Extract<Screen, { at: "sign_in" }>;

/** Draws the form and what went wrong before. */
export function signInPage(model: Model, screen: SignIn, actions: Actions): TemplateResult {
  const text = model.text.sign_in;
  const waits = screen.problem?.is === "wait" && screen.problem.untilLocalMs > model.localNow;
  const problem = screen.problem === null ? null : problemText(model, screen.problem);
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const form = new FormData(event.target as HTMLFormElement);
    actions.signIn(String(form.get("user") ?? ""), String(form.get("password") ?? ""));
  };
  return html`<main class="sign-in">
    <div class="sign-in-head">${brand()} ${languageSwitch(model, actions)}</div>
    <form class="panel" @submit=${submit}>
      <h1>${text.title}</h1>
      <p class="quiet">${text.lead}</p>
      <label for="user">${text.user}</label>
      <input id="user" name="user" autocomplete="username" autocapitalize="none" spellcheck="false" maxlength="64" required autofocus />
      <label for="password">${text.password}</label>
      <div class="password">
        <input
          id="password"
          name="password"
          type=${screen.passwordShown ? "text" : "password"}
          autocomplete="current-password"
          maxlength="256"
          required
          aria-describedby="sign-in-problem"
        />
        <button type="button" class="plain" aria-pressed=${screen.passwordShown ? "true" : "false"} @click=${() => actions.togglePassword()}>
          ${screen.passwordShown ? text.hide_password : text.show_password}
        </button>
      </div>
      <p id="sign-in-problem" class="problem" role="alert" data-problem=${screen.problem?.is ?? "none"}>
        ${problem === null ? nothing : html`${icon("warning")}<span>${problem}</span>`}
      </p>
      <button class="primary" type="submit" ?disabled=${screen.working || waits}>
        ${screen.working ? text.working : text.submit}
      </button>
    </form>
  </main>`;
}

function problemText(model: Model, problem: SignInProblem): string | null {
  const text = model.text.sign_in;
  switch (problem.is) {
    case "wrong":
      return text.wrong;
    case "wait": {
      const leftMs = problem.untilLocalMs - model.localNow;
      return leftMs > 0 ? text.wait(countdown(leftMs)) : null;
    }
    case "unreachable":
      return text.unreachable;
    case "other":
      return text.other(refusedText(model.text, problem.refused));
    case "ended":
      return text.ended;
  }
}
