// A live stock badge: what is available of some SKUs, as it changes. It streams with `fetch`, because
// an EventSource can not send a token, and goes on with the last cursor after a break.
export async function followStock({ url, token, skus, show, mark }) {
  const rows = new Map();
  let cursor = null;

  function take(message) {
    for (const row of message.stock ?? [message]) {
      if (!(row.sequence > (rows.get(row.stream)?.sequence ?? 0)) || !("available" in row)) continue;
      rows.set(row.stream, row);
      const places = [...rows.values()].filter((each) => each.sku === row.sku);
      show(row.sku, places.reduce((sum, each) => sum + each.available, 0));
    }
    cursor = message.cursor ?? cursor;
    mark("live");
  }

  async function connected() {
    const headers = { Authorization: `Bearer ${await token()}` };
    if (cursor) headers["Last-Event-ID"] = cursor;
    const wanted = skus.map(encodeURIComponent).join(",");
    const answer = await fetch(`${url}/api/v1/stream?sku=${wanted}`, { headers });
    if (answer.status === 422) cursor = null; // a cursor of other logs: begin with a snapshot
    if (!answer.ok) throw new Error(`the stream is refused (${answer.status})`);
    const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
    for (let text = "", part; !(part = await reader.read()).done; ) {
      const events = (text + part.value).split("\n\n");
      text = events.pop();
      for (const [, data] of events.map((each) => each.match(/^data: (.*)$/m) ?? [])) {
        if (data) take(JSON.parse(data));
      }
    }
  }

  for (;;) {
    await connected().catch((error) => console.warn(`stock: ${error.message}`));
    mark("stale"); // the last figures stay, and are said to be old
    await new Promise((done) => setTimeout(done, 500 + Math.random() * 1000));
  }
}
