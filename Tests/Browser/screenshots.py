"""Pictures of every page, for somebody to look at, and axe's findings on each: serious ones are failures."""

import json
import os
import sqlite3
import subprocess
import time

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
    platform.call("POST", f"/api/v1/sites/{site}/domains", {"domain": "www.autumn-exhibition.example"}, key)
    asleep, awake = platform.site(key), platform.site(key)
    for short in (asleep, awake):
        platform.paste(key, short, {"index.html": "x"})
    liven(platform, site, {asleep: "stopped", awake: "running"}, failed["id"])
    deployments = json.loads(platform.call("GET", f"/api/v1/sites/{site}/deployments", key=key)[1])
    return {
        "sites": "/sites", "sites-none-found": "/sites?q=nothing", "site": f"/sites/{site}",
        "site-traffic-hour": f"/sites/{site}?traffic=hour", "site-asleep": f"/sites/{asleep}",
        "site-running": f"/sites/{awake}", "output": f"/sites/{awake}/output", "site-new": f"/sites/{new}",
        "deployment-live": f"/sites/{site}/deployments/{deployments[1]['id']}",
        "deployment-failed": f"/sites/{site}/deployments/{failed['id']}", "account": "/account", "domains": f"/sites/{site}/domains",
        "files": f"/sites/{site}/files", "file": f"/sites/{site}/file?name=Dockerfile",
        "home-signed-in": "/", "claim-signed-in": f"/claim#{'a' * 64}", "not-found": "/sites/nothing1",
    }, {"edge-missing": f"http://autumn-exhibition.caster.localhost:{platform.port}/nothing",
        "edge-new-site": f"http://{new}.caster.localhost:{platform.port}/",
        "edge-no-site": f"http://nobody-here.caster.localhost:{platform.port}/",
        **{f"edge-{name}": f"file://{platform.folder}/data/edge/pages/{name}.html" for name in ("waking", "silent", "down")}}


def liven(platform, site, others, failed):
    """What takes weeks, or a container engine: traffic of one site, the containers of others by their state, and the log
    of a build that failed."""
    store = sqlite3.connect(f"{platform.folder}/data/caster.sqlite", timeout=10)
    with store:
        def row(short):
            return store.execute("SELECT id FROM sites WHERE short_id = ?", (short,)).fetchone()[0]

        for number in range(24):
            start = (int(time.time()) // 3600 - number) * 3_600_000
            requests = 40 + 35 * ((number * 7) % 11)
            store.execute(
                "INSERT OR REPLACE INTO traffic VALUES (?, 3600, ?, ?, 0, ?, ?, ?, ?)",
                (row(site), start, requests * 4321, requests, requests // 9, requests // 14, number % 5))
        for path, took in (("/search", 1840), ("/reports/2026/" + "a-long-name-" * 8, 420), ("/index.html", 3)):
            store.execute(
                "INSERT INTO traffic_paths VALUES (?, 3600, ?, ?, 12, ?, ?)",
                (row(site), int(time.time()) // 14400 * 14_400_000, path, took * 12, took * 3))
        for short, state in others.items():
            store.execute(
                "UPDATE deployments SET image = 'sha256:0' WHERE status = 'live' AND environment_id ="
                " (SELECT id FROM environments WHERE site_id = ?)", (row(short),))
            store.execute("UPDATE environments SET container_state = ? WHERE site_id = ?", (state, row(short)))
    store.close()
    with open(f"{platform.folder}/data/logs/{failed}.log", "w") as file:
        file.write("Step 1/2 : FROM base\n ---> 0123456789ab\nStep 2/2 : RUN npm ci\n ---> Running in 5e1f0b9c7d3a\n")
        file.write("".join(f"npm http fetch GET 200 https://registry.example/package-{n}\n" for n in range(30)))
        file.write("\x1b[31mnpm ERR! missing script: build\x1b[0m\nFailed: building: The command '/bin/sh -c npm ci' "
                   "returned a non-zero code: 1; the output of the step says why: mend the Dockerfile and push\n")


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
            judge(name)

        def judge(name):
            """Keeps a picture of the page as it is, and what is wrong with it."""
            wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            if wide > 0:
                findings.append(f"{name} ({look}): {wide} px wider than the window")
            page.screenshot(path=f"{folder}/{name}-{look}.png", full_page=name != "docs")
            # Those load themselves again, on purpose.
            if name not in ("edge-waking", "edge-silent", "edge-down"):
                for violation in Axe().run(page).response["violations"]:
                    if violation["impact"] in ("serious", "critical"):
                        places = "; ".join(node["html"][:200] for node in violation["nodes"][:3])
                        findings.append(f"{name} ({look}): {violation['id']}: {violation['help']}: {places}")

        for name, path in {**public, **edge}.items():
            shoot(name, path)
        page.goto("/")
        page.get_by_label("HTML").fill("<h1>Hello</h1>")
        page.get_by_role("button", name="Deploy").click()
        page.locator("#deploy-url").wait_for()
        judge("home-deployed")
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
