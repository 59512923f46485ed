/* Draws the dashboard's charts and keeps them fresh while somebody sees them. Each chart stands as a
   table too, which needs none of this. */
(function () {
  "use strict";

  const EVERY = 10000;
  const LONGEST = 300000;
  const sign = document.querySelector("[data-live]");
  const charts = new Map();
  let pause = EVERY;
  let timer = 0;
  let isEnded = false;
  let last = null;

  function colour(name) {
    return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
  }

  function axis(data) {
    const words = { color: colour("ink-soft"), fontSize: 13 };
    const line = { lineStyle: { color: colour("line") } };
    const names = { type: "category", data: data.categories, axisLabel: words, axisLine: line, axisTick: { show: false }, inverse: data.is_horizontal };
    const numbers = { type: "value", minInterval: 1, axisLabel: words, splitLine: line };
    return data.is_horizontal ? { xAxis: numbers, yAxis: names } : { xAxis: names, yAxis: numbers };
  }

  function option(data) {
    return {
      animation: !matchMedia("(prefers-reduced-motion: reduce)").matches,
      animationDuration: 300,
      textStyle: { fontFamily: getComputedStyle(document.body).fontFamily },
      grid: { left: 8, right: 16, top: 36, bottom: 4, outerBoundsMode: "same", outerBoundsContain: "axisLabel" },
      legend: { top: 0, left: 0, icon: "roundRect", itemWidth: 12, itemHeight: 12, textStyle: { color: colour("ink-soft"), fontSize: 13 } },
      tooltip: {
        trigger: "axis",
        renderMode: "richText",
        backgroundColor: colour("card"),
        borderColor: colour("line"),
        textStyle: { color: colour("ink"), fontSize: 13 },
        axisPointer: { type: "shadow" },
      },
      ...axis(data),
      series: data.series.map((each) => ({
        name: each.name,
        type: "bar",
        stack: "all",
        barMaxWidth: 28,
        itemStyle: { color: colour(`chart-${each.tone}`) },
        data: each.values,
      })),
    };
  }

  function draw(card, data) {
    const stage = card.querySelector("[data-stage]");
    if (!window.echarts || !data.categories.length) {
      return;
    }
    if (!charts.has(data.key)) {
      stage.hidden = false;
      stage.classList.toggle("chart-tall", data.is_horizontal && data.categories.length > 6);
      card.querySelector("details").open = false;
      charts.set(data.key, window.echarts.init(stage, null, { renderer: "canvas" }));
    }
    charts.get(data.key).setOption(option(data), { replaceMerge: ["series"] });
  }

  function fill(body, rows) {
    if (!rows.length) {
      return;
    }
    body.replaceChildren(
      ...rows.map((row) => {
        const line = document.createElement("tr");
        row.forEach((text, place) => {
          const cell = document.createElement(place ? "td" : "th");
          cell.textContent = text;
          if (place) {
            cell.className = "figure right";
          } else {
            cell.scope = "row";
          }
          line.append(cell);
        });
        return line;
      }),
    );
  }

  function show(found) {
    last = found;
    for (const [key, number] of Object.entries(found.figures)) {
      const place = document.querySelector(`[data-figure="${key}"]`);
      if (place) {
        place.textContent = number;
      }
    }
    for (const [key, data] of Object.entries(found.charts)) {
      const card = document.querySelector(`[data-chart="${key}"]`);
      if (card) {
        fill(card.querySelector("[data-rows]"), data.rows);
        draw(card, data);
      }
    }
    fill(document.querySelector("[data-risk]"), found.risk);
  }

  function say(state) {
    sign.hidden = false;
    for (const each of sign.querySelectorAll("[data-live-is]")) {
      each.hidden = each.dataset.liveIs !== state;
    }
  }

  async function look() {
    clearTimeout(timer);
    if (document.hidden || isEnded) {
      return;
    }
    try {
      const answer = await fetch(sign.dataset.live, { redirect: "manual", headers: { Accept: "application/json" } });
      if (answer.type === "opaqueredirect" || answer.status === 403) {
        isEnded = true;
        say("ended");
        return;
      }
      if (!answer.ok) {
        throw new Error(String(answer.status));
      }
      show(await answer.json());
      pause = EVERY;
      say("on");
    } catch {
      pause = Math.min(pause * 2, LONGEST);
      say("waiting");
    }
    clearTimeout(timer);
    timer = setTimeout(look, pause);
  }

  document.addEventListener("visibilitychange", look);
  addEventListener("resize", () => charts.forEach((chart) => chart.resize()));
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => last && show(last));
  look();
})();
