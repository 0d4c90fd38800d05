/** Icons in the text colour. They are decorative; their meaning is always given in words as well. */

import { html } from "./html.js";

const PATHS = {
  plus: "M10 4v12M4 10h12",
  check: "M4 10.5l4 4 8-9",
  clock: "M10 5.5V10l3 2M10 17a7 7 0 100-14 7 7 0 000 14z",
  trash: "M4 6h12M8 6V4h4v2M6 6l.7 10h6.6L14 6M8.5 9v4.5M11.5 9v4.5",
  search: "M9 14.5a5.5 5.5 0 100-11 5.5 5.5 0 000 11zM13 13l4 4",
  back: "M4 9h8a4 4 0 010 8h-3M4 9l4-4M4 9l4 4",
  pencil: "M4 16l.8-3.2L13 4.600l2.400 2.400-8.200 8.200z",
  shield: "M10 3l6 2v5c0 3.500-2.500 6-6 7-3.500-1-6-3.500-6-7V5zM7.500 10l2 2 3.500-4",
  alert: "M10 4l7 12H3zM10 8.500v3.500M10 14v.2",
  list: "M7 6h9M7 10h9M7 14h9M3.500 6h.2M3.500 10h.2M3.500 14h.2",
  chart: "M4 16V9M8 16V5M12 16v-5M16 16V7",
};

/** @param {{name: keyof typeof PATHS}} props */
export const Icon = ({ name }) => html`
  <svg class="icon" viewBox="0 0 20 20" aria-hidden="true"><path d=${PATHS[name]} /></svg>
`;
