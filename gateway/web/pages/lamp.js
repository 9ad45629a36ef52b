// The lamp plays its steps: (colour, ms) repeated, 0 ms for ever.

const COLOURS = { off: "", green: "#3ddc6a", red: "#ff3b2f", amber: "#ffb020", blue: "#3d8bff", white: "#fff6e0" };

let playing = "";
let timer = 0;

/** Play these steps; what plays already goes on undisturbed. */
export function light(steps) {
  const key = JSON.stringify(steps);
  if (key === playing) return;
  playing = key;
  clearTimeout(timer);
  step(steps, 0);
}

function step(steps, n) {
  const [colour, ms] = steps[n % steps.length];
  const style = document.documentElement.style;
  if (COLOURS[colour]) style.setProperty("--led", COLOURS[colour]);
  else style.removeProperty("--led");
  if (ms > 0 && steps.length > 1) timer = setTimeout(step, ms, steps, n + 1);
}
