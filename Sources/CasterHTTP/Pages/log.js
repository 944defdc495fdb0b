// Shows a build log as it is written. Text only ever becomes text nodes; of escape sequences only colours mean anything.
const view = document.getElementById("log");
const linesInChunk = 500; // the browser skips the layout of chunks that are out of sight
let source, lines, chunk, queue, isFollowing, colour, isBold;

function reset() {
  source?.close();
  view.replaceChildren();
  [lines, chunk, queue, isFollowing, colour, isBold] = [0, null, [], true, null, false];
}

function style(codes) {
  for (const code of codes.split(";").map(Number)) {
    if (code === 0) [colour, isBold] = [null, false];
    else if (code === 1) isBold = true;
    else if (code === 22) isBold = false;
    else if (code === 39) colour = null;
    else if ((code >= 30 && code <= 37) || (code >= 90 && code <= 97)) colour = `c${code}`;
  }
}

// Control sequences, strings such as window titles, other escapes, and control characters.
const escapes = /\x1b\[([0-9;:?<=>]*)([ -/]*[@-~])?|\x1b[\]P^_].*?(?:\x07|\x1b\\|$)|\x1b.?|[\x00-\x08\x0b-\x1f\x7f]/g;

function fill(line, text) {
  let start = 0;
  const add = (part) => {
    if (!part) return;
    if (!colour && !isBold) return line.append(part);
    const span = document.createElement("span");
    span.className = [colour, isBold && "bold"].filter(Boolean).join(" ");
    span.textContent = part;
    line.append(span);
  };
  for (const match of text.matchAll(escapes)) {
    add(text.slice(start, match.index));
    start = match.index + match[0].length;
    if (match[2] === "m") style(match[1]);
  }
  add(text.slice(start));
}

function append(text) {
  if (lines % linesInChunk === 0) {
    chunk = document.createElement("div");
    chunk.className = "chunk";
    view.append(chunk);
  }
  lines += 1;
  const line = document.createElement("div");
  line.id = `L${lines}`;
  const number = document.createElement("a");
  number.href = `#L${lines}`;
  number.tabIndex = -1;
  number.dataset.number = lines;
  number.setAttribute("aria-label", `Line ${lines}`);
  line.append(number);
  if (text.startsWith("Failed: ")) line.className = "failed";
  fill(line, text);
  chunk.append(line);
}

// At most 1,000 lines a frame, so that the page answers meanwhile.
function drain() {
  let count = Math.min(queue.length, 1000);
  for (let index = 0; index < count; index += 1) append(queue[index]);
  queue.splice(0, count);
  if (isFollowing) view.scrollTop = view.scrollHeight;
  if (queue.length) requestAnimationFrame(drain);
  else if (view.dataset.ended) show();
}

// Opens at the line that the address names, else at the one that failed.
function show() {
  const target = document.getElementById(location.hash.slice(1)) ?? document.getElementById(view.dataset.failed)
    ?? view.querySelector(".failed");
  if (!target || !view.contains(target)) return;
  isFollowing = false;
  view.querySelector(".target")?.classList.remove("target");
  target.classList.add("target");
  const center = () => {
    const [line, all] = [target.getBoundingClientRect(), view.getBoundingClientRect()];
    view.scrollTop += line.top - all.top - view.clientHeight / 2;
  };
  center();
  // What was out of sight has its real height now.
  requestAnimationFrame(center);
}

function open() {
  reset();
  delete view.dataset.ended;
  const status = document.getElementById("log-status");
  source = new EventSource(view.dataset.events);
  source.addEventListener("log", (event) => {
    const isIdle = queue.length === 0;
    for (const line of event.data.split("\n")) queue.push(line);
    if (isIdle) requestAnimationFrame(drain);
  });
  source.addEventListener("end", (event) => {
    source.close();
    const deployment = JSON.parse(event.data);
    // The page says then where and why.
    if (deployment.status === "failed" && "running" in view.dataset) location.reload();
    view.dataset.ended = deployment.status;
    if (queue.length === 0) show();
    if (status) {
      status.textContent = deployment.status;
      status.className = `status ${deployment.status}`;
    }
    document.dispatchEvent(new CustomEvent("caster:ended", { detail: deployment.status }));
  });
}

if (view) {
  view.addEventListener("scroll", () => {
    isFollowing = view.scrollTop + view.clientHeight >= view.scrollHeight - 24;
  });
  view.addEventListener("caster:open", open);
  addEventListener("hashchange", show);
  if (view.dataset.events) open();
}
