// The token comes in the fragment, which is never sent to a server, and is kept in this tab over signing up.
const field = document.getElementById("claim-token");
const fragment = location.hash.slice(1);
if (/^[0-9a-f]{64}$/.test(fragment)) {
  sessionStorage.setItem("claim", fragment);
  history.replaceState(null, "", location.pathname);
}
const token = sessionStorage.getItem("claim");
if (token) {
  document.getElementById("claim-known").hidden = false;
  document.getElementById("claim-unknown").hidden = true;
  if (field) field.value = token;
}
field?.form.addEventListener("submit", () => sessionStorage.removeItem("claim"));
