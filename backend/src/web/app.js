/** The frame around the views: where one is, whether the server is there, and the way elsewhere. */

import { html, useLayoutEffect, useRef } from "./html.js";
import { Icon } from "./icons.js";
import { hrefOf, takeLanding, useRoute } from "./route.js";
import { openShortcuts } from "./shortcuts.js";
import { set, useStore } from "./state/store.js";
import { lazy } from "./views/lazy.js";
import { Shortcuts } from "./views/shortcuts.js";
import { TasksView } from "./views/tasks.js";
import { TokenForm } from "./views/token.js";

const VIEWS = /** @type {const} */ ({
  tasks: { title: "Tasks", icon: "list", show: TasksView },
  history: { title: "History", icon: "clock", show: lazy("views/history.js", "HistoryView") },
  week: { title: "Week", icon: "chart", show: lazy("views/week.js", "WeekView") },
});

export function App() {
  const route = useRoute();
  const asked = useStore((state) => state.tokenAsked);
  const { title, show } = VIEWS[route.view];
  return html`
    <a class="skip" href="#main" onClick=${skipToMain}>Skip to the content</a>
    <${Header} current=${route.view} />
    <${Connection} />
    <main id="main" tabindex="-1">
      <${Heading} title=${title} route=${route} />
      ${asked === null ? html`<${show} params=${route.params} />` : html`<${TokenForm} sentence=${asked} />`}
    </main>
    <${Shortcuts} />
  `;
}

/** @param {Event} event */
function skipToMain(event) {
  event.preventDefault(); // the address names the view
  document.getElementById("main")?.focus();
}

/** @param {{current: string}} props */
const Header = ({ current }) => html`
  <header class="top">
    <div class="top-in">
      <span class="brand"><${Icon} name="check" />Tasktrail</span>
      <nav aria-label="Views">
        ${Object.entries(VIEWS).map(
          ([view, { title, icon }]) => html`
            <a href=${hrefOf(view)} aria-current=${view === current ? "page" : undefined}>
              <${Icon} name=${icon} />${title}
            </a>
          `,
        )}
      </nav>
      <button type="button" class="quiet help" onClick=${openShortcuts} aria-label="Keyboard shortcuts" title="Keyboard shortcuts (?)">?</button>
    </div>
  </header>
`;

/** The past is another place than the present. @param {import("./route.js").Route} route */
const placeOf = ({ view, params }) => (params.as_of === undefined ? view : `${view}, then`);

/** Moves to the heading when another view comes, so that one knows where one is. @param {{title: string, route: import("./route.js").Route}} props */
function Heading({ title, route }) {
  const place = placeOf(route);
  const heading = useRef(null);
  const shown = useRef(place);
  useLayoutEffect(() => {
    document.title = `${title} · Tasktrail`;
    const landing = takeLanding() ?? (shown.current === place ? null : heading.current);
    landing?.focus();
    shown.current = place;
  }, [route]);
  return html`<h1 ref=${heading} tabindex="-1">${title}</h1>`;
}

const askForToken = () => set({ tokenAsked: "" });

function Connection() {
  const asked = useStore((state) => state.tokenAsked !== null);
  const lost = useStore((state) => state.connection === "lost") && !asked;
  const mayOnlyRead = useStore((state) => state.mayOnlyRead) && !asked;
  return html`
    <div class="connection" role="status">
      ${lost && html`<p><${Icon} name="alert" />The connection is lost. What you see may be old; trying again …</p>`}
      ${mayOnlyRead && html`
        <p><${Icon} name="alert" />Your token may only read. <button type="button" class="button small" onClick=${askForToken}>Use another token</button></p>
      `}
    </div>
  `;
}
