"""Pictures of every page, for somebody to look at, and axe's findings on each: serious ones are failures."""

import json
import os
import subprocess

from axe_playwright_python.sync_playwright import Axe

LOOKS = {
    "light": {"color_scheme": "light", "viewport": {"width": 1280, "height": 800}},
    "dark": {"color_scheme": "dark", "viewport": {"width": 1280, "height": 800}},
    "phone": {"color_scheme": "light", "viewport": {"width": 390, "height": 844}, "device_scale_factor": 2},
}
EMAIL, PASSWORD = "gallery@example.com", "correct horse"


def prepare(platform):
    """An account with something on every page: its API key, and the paths of the pages by name."""
    key = json.loads(platform.call(
        "POST", "/api/v1/auth/register", {"email": EMAIL, "password": PASSWORD})[1])["api_key"]
    site = platform.site(key)
    for number in range(3):
        platform.paste(key, site, {"index.html": f"<h1>Version {number}</h1>", "style.css": "h1 { color: teal }"})
    failed = platform.paste(key, site, {"Dockerfile": "FROM scratch\n", "index.html": "x"})
    platform.call("PATCH", f"/api/v1/sites/{site}", {"name": "autumn-exhibition"}, key)
    new = platform.site(key)
    platform.call("POST", "/api/v1/api-keys", {"name": "CI <pipeline>"}, key)
    subprocess.run(
        ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "gallery@laptop", "-f", f"{platform.folder}/key"],
        check=True)
    with open(f"{platform.folder}/key.pub") as file:
        platform.call("POST", "/api/v1/ssh-keys", {"public_key": file.read()}, key)
    deployments = json.loads(platform.call("GET", f"/api/v1/sites/{site}/deployments", key=key)[1])
    return {
        "sites": "/sites", "sites-none-found": "/sites?q=nothing", "site": f"/sites/{site}", "site-new": f"/sites/{new}",
        "deployment-live": f"/sites/{site}/deployments/{deployments[1]['id']}",
        "deployment-failed": f"/sites/{site}/deployments/{failed['id']}", "account": "/account",
        "files": f"/sites/{site}/files", "file": f"/sites/{site}/file?name=style.css",
        "home-signed-in": "/", "claim-signed-in": f"/claim#{'a' * 64}", "not-found": "/sites/nothing1",
    }, {"edge-missing": f"http://autumn-exhibition.caster.localhost:{platform.port}/nothing",
        "edge-new-site": f"http://{new}.caster.localhost:{platform.port}/",
        "edge-no-site": f"http://nobody-here.caster.localhost:{platform.port}/"}


def take(browser, platform, folder):
    os.makedirs(folder, exist_ok=True)
    private, edge = prepare(platform)
    public = {
        "home": "/", "sign-in": "/sign-in", "sign-up": "/sign-up", "claim": f"/claim#{'a' * 64}", "docs": "/docs",
        "nowhere": "/nowhere"}
    findings = []
    for look, options in LOOKS.items():
        context = browser.new_context(base_url=platform.origin, locale="en", **options)
        page = context.new_page()

        def shoot(name, path):
            page.goto(path)
            page.wait_for_load_state("load")
            if "deployment" in name:
                page.wait_for_selector("#log[data-ended]")
            wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            if wide > 0:
                findings.append(f"{name} ({look}): {wide} px wider than the window")
            page.screenshot(path=f"{folder}/{name}-{look}.png", full_page=name != "docs")
            if "edge" not in name:
                for violation in Axe().run(page).response["violations"]:
                    if violation["impact"] in ("serious", "critical"):
                        places = "; ".join(node["html"][:200] for node in violation["nodes"][:3])
                        findings.append(f"{name} ({look}): {violation['id']}: {violation['help']}: {places}")

        for name, path in {**public, **edge}.items():
            shoot(name, path)
        page.goto("/sign-in")
        page.get_by_label("Email").fill(EMAIL)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url("**/sites")
        for name, path in private.items():
            shoot(name, path)
        context.close()
    print(f"Screenshots are in {folder}", flush=True)
    assert not findings, "\n".join(findings)
