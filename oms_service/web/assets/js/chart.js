// Draws each <figure data-chart> from its own table, whose texts it shows as they are; what is drawn
// can be read point by point with a pointer, a finger or the arrow keys. Colours are those of the keys.
const { uPlot } = window;
const FONT_PX = 12;
// Half of the last time's name stands beyond the last point.
const EDGE_PX = 28;
const DASHES = [[], [8, 5], [2, 4]];
const LANGUAGE = document.documentElement.lang === "ja" ? "ja" : "en-GB";
const drawn = new Map();

const numbers = new Intl.NumberFormat(LANGUAGE);
const percents = new Intl.NumberFormat(LANGUAGE, { style: "percent" });
const months = new Intl.DateTimeFormat(LANGUAGE === "ja" ? "ja" : "en-US", { month: "short", timeZone: "UTC" });

// 11月23日, 23 Nov: a day without its weekday, as short as below a chart.
function short(day) {
  const at = new Date(`${day}T00:00Z`);
  const month = months.format(at);
  return LANGUAGE === "ja" ? `${month}${at.getUTCDate()}日` : `${at.getUTCDate()} ${month}`;
}

const colour = (element) => getComputedStyle(element).color;

// What the table says: names of the lines, and for each time its text and values as text and number.
function told(figure) {
  const [, ...heads] = figure.querySelectorAll("thead th");
  const rows = [...figure.querySelectorAll("tbody tr")].map((row) => {
    const [when, ...cells] = row.cells;
    const time = when.querySelector("time");
    return {
      said: when.textContent.trim(),
      short: figure.dataset.pace === "time" ? time.textContent : short(time.dateTime),
      texts: cells.map((cell) => cell.textContent.trim()),
      values: cells.map((cell) => {
        const data = cell.querySelector("data");
        return data ? Number(data.value) : null;
      }),
    };
  });
  return { names: heads.map((head) => head.textContent.trim()), rows };
}

class Drawing {
  constructor(figure, at, hasFocus) {
    this.figure = figure;
    this.box = figure.querySelector(".chart-drawing");
    this.table = told(figure);
    this.last = this.table.rows.length - 1;
    this.at = Math.min(at ?? this.last, this.last);
    const box = this.box;
    box.tabIndex = 0;
    box.role = "slider";
    box.ariaLabel = box.dataset.label;
    box.ariaValueMin = "0";
    box.ariaValueMax = String(this.last);
    box.addEventListener("keydown", (event) => this.press(event));
    box.addEventListener("focus", () => this.point());
    this.draw();
    this.size = new ResizeObserver(() => {
      if (box.clientWidth) this.plot.setSize({ width: box.clientWidth, height: box.clientHeight });
    });
    this.size.observe(box);
    this.read(this.at);
    if (hasFocus) box.focus({ preventScroll: true });
  }

  draw() {
    this.plot?.destroy();
    const { box, figure, table } = this;
    const keys = [...figure.querySelectorAll(".chart-key:not(.is-aim)")];
    const strokes = keys.map(colour);
    const line = getComputedStyle(box).borderTopColor;
    const text = colour(box);
    const font = `${FONT_PX}px ${getComputedStyle(box).fontFamily}`;
    const isShare = figure.dataset.chart === "share";
    const aim = figure.dataset.aim ? Number(figure.dataset.aim) : null;
    const stepped = "steps" in figure.dataset ? uPlot.paths.stepped({ align: 1 }) : undefined;
    const axis = { stroke: text, font, ticks: { show: false } };
    this.plot = new uPlot(
      {
        width: box.clientWidth || 300,
        height: box.clientHeight || 224,
        padding: [12, (u) => this.room(u, font), 0, 0],
        legend: { show: false },
        cursor: { y: false, drag: { x: false, y: false, setScale: false } },
        scales: {
          x: { time: false, range: () => [-0.3, this.last + 0.3] },
          y: { range: (_u, _low, high) => (isShare ? [0, 1] : [0, Math.max(1, high * 1.08)]) },
        },
        axes: [
          {
            ...axis,
            size: 28,
            grid: { show: false },
            splits: (u) => this.marks(u),
            values: (_u, marks) => marks.map((mark) => table.rows[mark].short),
          },
          {
            ...axis,
            size: (_u, values) => 14 + Math.max(...(values ?? [""]).map((one) => one.length)) * 7,
            grid: { stroke: line, width: 1 },
            ...(isShare
              ? { splits: () => (aim === null ? [0, 0.5, 1] : [0, 0.5, aim, 1]) }
              : { incrs: [1, 2, 5].flatMap((n) => [n, n * 10, n * 100, n * 1e3, n * 1e4, n * 1e5]).sort((a, b) => a - b) }),
            values: (_u, marks) => marks.map((mark) => (isShare ? percents : numbers).format(mark)),
          },
        ],
        series: [
          {},
          ...table.names.map((label, n) => ({
            label,
            stroke: strokes[n],
            width: 2,
            dash: DASHES[n],
            paths: stepped,
            points: { fill: strokes[n], size: 6 },
          })),
        ],
        hooks: {
          drawAxes: [(u) => aim !== null && this.strive(u, aim, text)],
          draw: [(u) => this.name(u, strokes, font)],
          setCursor: [(u) => u.cursor.idx != null && this.read(u.cursor.idx)],
        },
      },
      [table.rows.map((_row, n) => n), ...table.names.map((_name, n) => table.rows.map((row) => row.values[n]))],
      box,
    );
    this.plot.root.ariaHidden = "true";
    const touch = (event) => {
      if (event.pointerType === "mouse") return;
      const left = event.clientX - this.plot.over.getBoundingClientRect().left;
      this.go(Math.round(this.plot.posToVal(left, "x")));
    };
    this.plot.over.addEventListener("pointerdown", touch);
    this.plot.over.addEventListener("pointermove", touch);
  }

  // So many times are named below that none touches the next; the last always is.
  marks(u) {
    const widest = Math.max(...this.table.rows.map((row) => row.short.length * (LANGUAGE === "ja" ? 10 : 7)));
    const fit = Math.max(1, Math.floor(u.bbox.width / uPlot.pxRatio / (widest + 16)));
    const step = Math.max(1, Math.ceil((this.last + 1) / fit));
    const found = [];
    for (let n = this.last; n >= 0; n -= step) found.unshift(n);
    return found;
  }

  // Where there is room, lines are named at their ends.
  room(u, font) {
    if (u.width < 480 || this.table.names.length < 2) return EDGE_PX;
    const pen = u.ctx;
    pen.save();
    pen.font = font;
    const widest = Math.max(...this.table.names.map((name) => pen.measureText(name).width));
    pen.restore();
    return widest > u.width / 3 ? EDGE_PX : Math.max(EDGE_PX, widest + 24);
  }

  name(u, strokes, font) {
    if (u.width < 480 || this.table.names.length < 2) return;
    const ratio = uPlot.pxRatio;
    const ends = this.table.names.flatMap((name, n) => {
      const last = u.data[n + 1].findLastIndex((value) => value !== null);
      return last < 0 ? [] : [{ name, n, y: u.valToPos(u.data[n + 1][last], "y", true) }];
    });
    ends.sort((a, b) => a.y - b.y);
    const apart = (FONT_PX + 4) * ratio;
    ends.forEach((end, n) => n && (end.y = Math.max(end.y, ends[n - 1].y + apart)));
    const low = u.bbox.top + u.bbox.height - apart / 2;
    ends.toReversed().forEach((end, n, all) => (end.y = Math.min(end.y, n ? all[n - 1].y - apart : low)));
    const pen = u.ctx;
    pen.save();
    pen.font = font.replace(`${FONT_PX}px`, `${FONT_PX * ratio}px`);
    pen.textBaseline = "middle";
    pen.textAlign = "left";
    for (const { name, n, y } of ends) {
      pen.fillStyle = strokes[n];
      pen.fillText(name, u.bbox.left + u.bbox.width + 8 * ratio, y);
    }
    pen.restore();
  }

  strive(u, aim, stroke) {
    const pen = u.ctx;
    const y = u.valToPos(aim, "y", true);
    pen.save();
    pen.strokeStyle = stroke;
    pen.setLineDash([4, 4]);
    pen.beginPath();
    pen.moveTo(u.bbox.left, y);
    pen.lineTo(u.bbox.left + u.bbox.width, y);
    pen.stroke();
    pen.restore();
  }

  read(at) {
    this.at = at;
    const { said, texts } = this.table.rows[at];
    const parts = this.table.names.map((name, n) => `${name} ${texts[n]}`);
    this.box.ariaValueNow = String(at);
    this.box.ariaValueText = `${said}: ${parts.join(", ")}`;
    const strong = document.createElement("strong");
    strong.textContent = said;
    const rest = parts.map((part) => {
      const piece = document.createElement("span");
      piece.textContent = part;
      return piece;
    });
    this.figure.querySelector(".chart-reading").replaceChildren(strong, ...rest);
  }

  // Puts the mark where the reading is.
  point() {
    this.plot.setCursor({ left: this.plot.valToPos(this.at, "x"), top: 1 });
  }

  go(to) {
    this.at = Math.min(Math.max(to, 0), this.last);
    this.point();
  }

  press(event) {
    const to = {
      ArrowLeft: this.at - 1,
      ArrowDown: this.at - 1,
      ArrowRight: this.at + 1,
      ArrowUp: this.at + 1,
      PageDown: this.at - 7,
      PageUp: this.at + 7,
      Home: 0,
      End: this.last,
    }[event.key];
    if (to === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    this.go(to);
  }

  close() {
    this.size.disconnect();
    this.plot.destroy();
  }
}

// What is replaced by a newer piece of the page goes on being read where it was.
let left = new Map();
document.addEventListener("htmx:before:swap", () => {
  left = new Map(
    [...drawn].map(([figure, one]) => [
      figure.id,
      { at: one.at === one.last ? undefined : one.at, hasFocus: document.activeElement === one.box, open: figure.querySelector("details").open },
    ]),
  );
});

function look() {
  for (const [figure, one] of drawn) {
    if (figure.isConnected) continue;
    one.close();
    drawn.delete(figure);
  }
  for (const figure of document.querySelectorAll("figure[data-chart]")) {
    if (drawn.has(figure)) continue;
    const before = left.get(figure.id);
    if (before) figure.querySelector("details").open = before.open;
    drawn.set(figure, new Drawing(figure, before?.at, before?.hasFocus ?? false));
  }
}

const again = () => drawn.forEach((one) => one.draw());
new MutationObserver(again).observe(document.documentElement, { attributeFilter: ["data-theme"] });
for (const asked of ["(prefers-color-scheme: dark)", "(forced-colors: active)"]) {
  matchMedia(asked).addEventListener("change", again);
}
document.fonts.addEventListener("loadingdone", again);
new MutationObserver(look).observe(document.body, { childList: true, subtree: true });
look();
