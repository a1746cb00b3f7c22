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
import { checkInWithoutReloading } from "./door.js";
import { filterByName } from "./filter.js";
import { fillFromFragment } from "./fragment.js";
import { keepFresh } from "./fresh.js";
import { warnOfIdling } from "./idle.js";
import { closeMenus } from "./menu.js";
import { offerPasskeys } from "./passkey.js";
import { offerPrinting } from "./print.js";
import { revealChosen } from "./reveal.js";
import { readCodes } from "./scan.js";
import { sealForms } from "./seal.js";

document.body.classList.add("js-enabled", "nhsuk-frontend-supported");
/* Before the buttons: it sees to a second press itself, also where the first was refused a moment ago. */
sealForms(document);
for (const Component of [
  Button, CharacterCount, ErrorSummary, NotificationBanner, PasswordInput, SkipLink,
]) {
  createAll(Component);
}
checkInWithoutReloading(document);
closeMenus(document);
offerCopying(document);
offerGoingAlone(document);
filterByName(document);
fillFromFragment(document);
offerPrinting(document);
readCodes(document);
revealChosen(document);
keepFresh(document);
offerPasskeys(document);
warnOfIdling(document);
