// A public key can be chosen as a file.
const chooser = document.getElementById("key-file");
if (chooser) {
  chooser.closest("[hidden]").hidden = false;
  chooser.addEventListener("change", async () => {
    const [file] = chooser.files;
    if (file) document.getElementById("public-key").value = (await file.slice(0, 20000).text()).trim();
  });
}
