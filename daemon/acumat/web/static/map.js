// The mat as a picture of where the load lies: the same scale and colours as the daemon's own picture.
import { isNumber } from "./dom.js";

const COLOURS = [[44, 52, 64], [62, 74, 137], [38, 130, 142], [53, 183, 121], [181, 222, 43], [253, 231, 37]];
const EVEN_AT = 0.4;
const REACH = 0.6;
const FAINT = 0.15;
const CELLS = 30;
const LEAST_US = 5; // of all sensors together: below it there is only noise to see

export function aspect(layout) {
  return layout.length_mm / layout.width_mm;
}

// `mirrored`: as the person on it feels it, their own left on the left. Else from above.
export function draw(canvas, layout, loads, { mirrored = false, centre = null, marks = null } = {}) {
  const width = Math.round(canvas.clientWidth * (window.devicePixelRatio || 1));
  const height = Math.round(width * aspect(layout));
  if (canvas.width !== width || canvas.height !== height) { canvas.width = width; canvas.height = height; }
  const pen = canvas.getContext("2d");
  const flip = mirrored ? -1 : 1;
  const x = (mm) => (0.5 + flip * mm / layout.width_mm) * canvas.width;
  const y = (mm) => (0.5 - mm / layout.length_mm) * canvas.height;
  heat(pen, canvas, layout, loads, flip);
  const dot = Math.max(4, canvas.width / 40);
  layout.sensors.forEach((sensor, index) => place(pen, x(sensor.x_mm), y(sensor.y_mm), dot, loads[index], marks?.[index]));
  if (centre !== null) cross(pen, x(centre[0]), y(centre[1]), dot * 1.6);
}

function heat(pen, canvas, layout, loads, flip) {
  const known = layout.sensors.map((sensor, index) => [sensor, loads[index]]).filter(([, load]) => isNumber(load));
  const total = known.reduce((sum, [, load]) => sum + Math.max(0, load), 0);
  const rows = Math.round(CELLS * aspect(layout));
  const sigma = REACH * Math.sqrt(layout.width_mm * layout.length_mm / Math.max(1, layout.sensors.length));
  for (let row = 0; row < rows; row += 1) {
    for (let column = 0; column < CELLS; column += 1) {
      const at = [flip * ((column + 0.5) / CELLS - 0.5) * layout.width_mm, (0.5 - (row + 0.5) / rows) * layout.length_mm];
      pen.fillStyle = colour(total > LEAST_US ? heatAt(at, known, sigma) * EVEN_AT * known.length / total : 0);
      pen.fillRect(Math.floor(column * canvas.width / CELLS), Math.floor(row * canvas.height / rows),
        Math.ceil(canvas.width / CELLS) + 1, Math.ceil(canvas.height / rows) + 1);
    }
  }
}

function heatAt([x, y], known, sigma) {
  let sum = 0;
  let weight = FAINT;
  for (const [sensor, load] of known) {
    const bell = Math.exp(-((x - sensor.x_mm) ** 2 + (y - sensor.y_mm) ** 2) / (2 * sigma * sigma));
    sum += bell * Math.max(0, load);
    weight += bell;
  }
  return sum / weight;
}

function colour(part) {
  const at = Math.min(0.999, Math.max(0, part)) * (COLOURS.length - 1);
  const [low, high] = [COLOURS[Math.floor(at)], COLOURS[Math.floor(at) + 1]];
  return `rgb(${low.map((each, index) => Math.round(each + (high[index] - each) * (at % 1))).join()})`;
}

// A sensor that reads is a ring, one that does not is a cross, one with a mark shows it.
function place(pen, x, y, size, load, mark) {
  pen.lineWidth = Math.max(2, size / 4);
  pen.strokeStyle = "#fff";
  pen.beginPath();
  if (isNumber(load) || load === undefined) {
    pen.arc(x, y, size, 0, 7);
  } else {
    pen.moveTo(x - size, y - size); pen.lineTo(x + size, y + size);
    pen.moveTo(x + size, y - size); pen.lineTo(x - size, y + size);
  }
  pen.stroke();
  if (!mark) return;
  pen.fillStyle = "#fff";
  pen.font = `bold ${size * 3}px system-ui, sans-serif`;
  pen.textAlign = "center";
  pen.fillText(mark, x, y - size * 1.6);
}

function cross(pen, x, y, size) {
  pen.lineWidth = Math.max(3, size / 3);
  for (const [style, grow] of [["#101318", 3], ["#fff", 0]]) {
    pen.strokeStyle = style;
    pen.lineWidth = Math.max(3, size / 3) + grow;
    pen.beginPath();
    pen.moveTo(x - size, y); pen.lineTo(x + size, y);
    pen.moveTo(x, y - size); pen.lineTo(x, y + size);
    pen.stroke();
  }
}
