/* The one script of every page: the NHS.UK components we use, then our own. Every page works without it. */
import { createAll } from "nhsuk-frontend/dist/nhsuk/index.mjs";
import { Button } from "nhsuk-frontend/dist/nhsuk/components/button/button.mjs";
import { CharacterCount } from "nhsuk-frontend/dist/nhsuk/components/character-count/character-count.mjs";
import { ErrorSummary } from "nhsuk-frontend/dist/nhsuk/components/error-summary/error-summary.mjs";
import { NotificationBanner } from "nhsuk-frontend/dist/nhsuk/components/notification-banner/notification-banner.mjs";
import { PasswordInput } from "nhsuk-frontend/dist/nhsuk/components/password-input/password-input.mjs";
import { SkipLink } from "nhsuk-frontend/dist/nhsuk/components/skip-link/skip-link.mjs";
import { offerGoingAlone } from "./alone.js";
import { offerCopying } from "./copy.js";
import { keepFresh } from "./fresh.js";
import { offerPrinting } from "./print.js";
import { revealChosen } from "./reveal.js";

document.body.classList.add("js-enabled", "nhsuk-frontend-supported");
for (const Component of [
  Button, CharacterCount, ErrorSummary, NotificationBanner, PasswordInput, SkipLink,
]) {
  createAll(Component);
}
offerCopying(document);
offerGoingAlone(document);
offerPrinting(document);
revealChosen(document);
keepFresh(document);
