// The display: two lines of sixteen characters, five by eight dots each, drawn as one path.

const SVG = "http://www.w3.org/2000/svg";
export const COLUMNS = 16;
const ROWS_APART = 11;
const PITCH = 2.62; // units of the drawing from dot to dot, across
const RISE = 3.05; // and down
const FIRST = 32;

// five columns a character, the lowest bit is the top dot
const GLYPHS = (
  "0000000000 00005F0000 0007000700 147F147F14 242A7F2A12 2313086462 3649562050 0000070300 001C224100 0041221C00 " +
  "2A1C7F1C2A 08083E0808 0080703000 0808080808 0000606000 2010080402 3E5149453E 00427F4000 7249494946 2141494D33 " +
  "1814127F10 2745454539 3C4A494931 4121110907 3649494936 464949291E 0000140000 0040340000 0008142241 1414141414 " +
  "0041221408 0201590906 3E415D594E 7C1211127C 7F49494936 3E41414122 7F4141413E 7F49494941 7F09090901 3E41415173 " +
  "7F0808087F 00417F4100 2040413F01 7F08142241 7F40404040 7F021C027F 7F0408107F 3E4141413E 7F09090906 3E4151215E " +
  "7F09192946 2649494932 03017F0103 3F4040403F 1F2040201F 3F4038403F 6314081463 0304780403 6159494D43 007F414141 " +
  "0204081020 004141417F 0402010204 4040404040 0003070800 2054547840 7F28444438 3844444428 384444287F 3854545418 " +
  "00087E0902 18A4A49C78 7F08040478 00447D4000 2040403D00 7F10284400 00417F4000 7C04780478 7C08040478 3844444438 " +
  "FC18242418 18242418FC 7C08040408 4854545424 04043F4424 3C4040207C 1C2040201C 3C4030403C 4428102844 4C9090907C " +
  "4464544C44 0008364100 0000770000 0041360800 0201020402"
).split(" ");
const MORE = { "’": "0000070300", "·": "0000080000", "•": "001C1C1C00", "°": "0006090906", "…": "4000400040", "ß": "7E01494A34", "€": "143E554122", "¿": "30484D4020", "¡": "00007D0000" };
const MARKS = { "\u0301": [0, 0, 2, 1, 0], "\u0300": [0, 1, 2, 0, 0], "\u0302": [0, 2, 1, 2, 0], "\u0308": [0, 1, 0, 1, 0], "\u0303": [0, 2, 1, 2, 1], "\u0327": [0, 0, 128, 64, 0] };

/** Five columns of dots of one character; an unknown one is a question mark. */
export function dots(character) {
  const [base, mark] = character.normalize("NFD");
  const hex = MORE[character] ?? GLYPHS[base?.codePointAt(0) - FIRST] ?? GLYPHS["?".charCodeAt(0) - FIRST];
  const columns = hex.match(/../g).map((two) => parseInt(two, 16));
  const small = base === base?.toLowerCase(); // capitals reach the top: no room for an accent
  if (!(mark in MARKS) || (!small && mark !== "\u0327")) return columns;
  return columns.map((column, i) => (base === "i" ? column & ~3 : column) | MARKS[mark][i]);
}

function dot(x, y) {
  return `M${(x * PITCH).toFixed(2)} ${(y * RISE).toFixed(2)}h${PITCH * 0.84}v${RISE * 0.84}h${-PITCH * 0.84}z`;
}

function path(line1, line2, lit) {
  const drawn = [];
  [line1, line2].forEach((line, row) =>
    [...line.normalize("NFC").padEnd(COLUMNS)].slice(0, COLUMNS).forEach((character, place) =>
      dots(character).forEach((column, x) => {
        for (let y = 0; y < 8; y++) if (!lit || (column >> y) & 1) drawn.push(dot(place * 6 + x, row * ROWS_APART + y));
      })));
  return drawn.join("");
}

/** A display; show(line1, line2) changes it. */
export function matrix(parent) {
  const width = (COLUMNS * 6 - 1) * PITCH;
  const height = (ROWS_APART + 8) * RISE;
  const group = parent.appendChild(document.createElementNS(SVG, "g"));
  group.setAttribute("transform", `translate(${-width / 2} ${-height / 2})`);
  const [unlit, lit] = ["dots-off", "dots"].map((name) => {
    const el = group.appendChild(document.createElementNS(SVG, "path"));
    el.setAttribute("class", name);
    return el;
  });
  unlit.setAttribute("d", path("", "", false));
  group.classList.add("glowing");
  return { show: (line1, line2) => lit.setAttribute("d", path(line1, line2, true)) };
}
