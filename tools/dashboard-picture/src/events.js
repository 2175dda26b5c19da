// Annotations in a graph: a line where an event begins, a tint as long as it lasts, and a bar below the axis, as Grafana has them.

const BAR = 4;

// drawEvents adds them to the drawing of a graph, and nothing to the page.
export function drawEvents(builder, events, theme) {
  builder.addHook('draw', (plot) => {
    const { ctx, bbox } = plot;
    const bar = BAR * devicePixelRatio;
    ctx.save();
    // The first annotation of the dashboard is on top.
    for (const event of [...events].reverse()) {
      const at = (time) => Math.min(Math.max(plot.valToPos(time * 1000, 'x', true), bbox.left), bbox.left + bbox.width);
      const [start, end] = [at(event.start), at(event.end)];
      ctx.fillStyle = ctx.strokeStyle = theme.visualization.getColorByName(event.color);
      ctx.globalAlpha = 0.1;
      ctx.fillRect(start, bbox.top, end - start, bbox.height);
      ctx.globalAlpha = 1;
      ctx.lineWidth = devicePixelRatio;
      ctx.setLineDash([3 * devicePixelRatio, 3 * devicePixelRatio]);
      ctx.beginPath();
      ctx.moveTo(start, bbox.top);
      ctx.lineTo(start, bbox.top + bbox.height);
      ctx.stroke();
      ctx.fillRect(start - bar / 2, bbox.top + bbox.height, Math.max(end - start, bar), bar);
    }
    ctx.restore();
  });
  return null;
}
