// Shows deployments as they come, and the log of the newest while it is written.
const table = document.getElementById("deployments");
const panel = document.getElementById("live-log");

if (table?.dataset.events) {
  let newest = Number(table.dataset.newest || 0);
  const events = new EventSource(table.dataset.events);
  events.addEventListener("deployments", (event) => {
    const change = JSON.parse(event.data);
    table.innerHTML = change.html; // made by the server, from the template of this page
    const container = document.getElementById("container");
    if (container.dataset.shown !== change.container) container.innerHTML = change.container;
    container.dataset.shown = change.container;
    document.getElementById("no-deployments").hidden = change.newest != null;
    document.dispatchEvent(new Event("caster:changed"));
    if (change.newest != null && change.newest > newest) {
      newest = change.newest;
      panel.hidden = false;
      document.getElementById("live-log-title").textContent = `Deployment ${newest}`;
      const view = document.getElementById("log");
      view.dataset.events = `${location.pathname}/deployments/${newest}/events`;
      view.dispatchEvent(new Event("caster:open"));
    }
  });
  events.addEventListener("gone", () => events.close());
}
