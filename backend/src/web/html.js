/** The only import of the view library: `html` creates elements, the rest are its hooks. */

import htm from "./vendor/htm.mjs";
import { h, render } from "./vendor/preact.mjs";

export { render };
export { useCallback, useEffect, useId, useLayoutEffect, useMemo, useRef, useState } from "./vendor/hooks.mjs";

export const html = htm.bind(h);
