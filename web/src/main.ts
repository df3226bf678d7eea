/** The agent's page: one root element, drawn anew from the model. */

import { render } from "lit-html";
import { Desk } from "./desk/desk.ts";
import { bindKeys } from "./desk/keys.ts";
import { pageView, windowTitle } from "./view/page.ts";

const root = document.getElementById("page");
if (root === null) throw new Error("index.html has no #page");

const desk = new Desk((model, actions) => {
  document.documentElement.lang = model.language;
  const title = windowTitle(model);
  if (document.title !== title) document.title = title;
  render(pageView(model, actions), root);
});
bindKeys(desk);
desk.start();
