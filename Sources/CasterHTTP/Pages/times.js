// Keeps relative times current.
const units = [["year", 31536000], ["month", 2592000], ["day", 86400], ["hour", 3600], ["minute", 60]];

function words(seconds) {
  const distance = Math.abs(seconds);
  if (distance < 10) return "just now";
  let text = `${Math.floor(distance)} seconds`;
  for (const [unit, size] of units) {
    if (distance < size) continue;
    const count = Math.floor(distance / size);
    text = `${count} ${unit}${count === 1 ? "" : "s"}`;
    break;
  }
  return seconds < 0 ? `${text} ago` : `in ${text}`;
}

function refresh() {
  for (const time of document.querySelectorAll("time[datetime]")) {
    const text = words((new Date(time.dateTime) - Date.now()) / 1000);
    if (time.textContent !== text) time.textContent = text;
  }
}

setInterval(refresh, 20000);
document.addEventListener("caster:changed", refresh);
