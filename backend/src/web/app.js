/** The page around the views: header, navigation, connection status. */

import { html, useLayoutEffect, useRef } from "./html.js";
import { Icon } from "./icons.js";
import { hrefOf, takePendingFocus, useRoute } from "./route.js";
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
  const prompt = useStore((state) => state.tokenPrompt);
  const { title, show } = VIEWS[route.view];
  return html`
    <a class="skip" href="#main" onClick=${skipToMain}>Skip to content</a>
    <${Header} current=${route.view} />
    <${Connection} />
    <main id="main" tabindex="-1">
      <${Heading} title=${title} route=${route} />
      ${prompt === null ? html`<${show} params=${route.params} />` : html`<${TokenForm} message=${prompt} />`}
    </main>
    <${Shortcuts} />
  `;
}

/** @param {Event} event */
function skipToMain(event) {
  event.preventDefault(); // the fragment of the URL names the view
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

/** The list as of a moment counts as another place than the current list. @param {import("./route.js").Route} route */
const placeOf = ({ view, params }) => (params.as_of === undefined ? view : `${view} as of`);

/** Focuses the heading when the view changes, so that screen readers announce it. @param {{title: string, route: import("./route.js").Route}} props */
function Heading({ title, route }) {
  const place = placeOf(route);
  const heading = useRef(null);
  const shown = useRef(place);
  useLayoutEffect(() => {
    document.title = `${title} · Tasktrail`;
    const pendingFocus = takePendingFocus() ?? (shown.current === place ? null : heading.current);
    pendingFocus?.focus();
    shown.current = place;
  }, [route]);
  return html`<h1 ref=${heading} tabindex="-1">${title}</h1>`;
}

const askForToken = () => set({ tokenPrompt: "" });

function Connection() {
  const isPrompted = useStore((state) => state.tokenPrompt !== null);
  const lost = useStore((state) => state.connection === "lost") && !isPrompted;
  const isReadOnly = useStore((state) => state.isReadOnly) && !isPrompted;
  return html`
    <div class="connection" role="status">
      ${lost && html`<p><${Icon} name="alert" />Connection lost. Reconnecting … This page may be out of date.</p>`}
      ${isReadOnly && html`
        <p><${Icon} name="alert" />Your token is read-only. <button type="button" class="button small" onClick=${askForToken}>Use another token</button></p>
      `}
    </div>
  `;
}
