"""What people do with the console. Each story gets a maker of people with browsers, and the platform."""

import base64
import hashlib
import http.server
import json
import os
import queue
import re
import secrets
import socket
import subprocess
import threading
import urllib.parse
import urllib.request

from engine import Engine
from platform_process import Platform

ALL = []


def story(function):
    ALL.append(function)
    return function


def deployed(page):
    """Waits for the box's result: the address."""
    page.locator("#deploy-url").wait_for()
    return page.locator("#deploy-url").inner_text()


@story
def anonymous_paste(person, platform):
    """Somebody without an account pastes a page, and it is served."""
    page = person().page
    page.goto("/")
    page.get_by_label("HTML").fill("<h1>Ten seconds</h1>")
    page.get_by_role("button", name="Deploy").click()
    url = deployed(page)
    assert platform.visit(url) == (200, "<h1>Ten seconds</h1>")
    assert page.get_by_role("link", name="Claim it").is_visible()
    assert re.search("in (1 day|23 hours)", page.locator("#deploy-claim").inner_text())


@story
def folder_of_200_files(person, platform):
    """A folder that is chosen goes up with its subfolders, and without its own name."""
    folder = f"{platform.folder}/pictures"
    os.makedirs(f"{folder}/deep/er")
    os.makedirs(f"{folder}/.git")
    for number in range(199):
        with open(f"{folder}/deep/er/{number}.txt", "w") as file:
            file.write(f"file {number}\n" * 50)
    for name in ("index.html", ".git/config"):
        with open(f"{folder}/{name}", "w") as file:
            file.write("<h1>Pictures</h1>")
    page = person().page
    page.goto("/")
    page.locator("input[webkitdirectory]").set_input_files(folder)
    assert page.locator("#chosen").inner_text().startswith("200 files, ")
    page.get_by_role("button", name="Deploy").click()
    url = deployed(page)
    assert platform.visit(url) == (200, "<h1>Pictures</h1>")
    assert platform.visit(url, "/deep/er/198.txt") == (200, "file 198\n" * 50)
    assert "200 files" in page.locator("#deploy-log").inner_text()


@story
def dropped_archive(person, platform):
    """An archive that is dropped on the page is unpacked."""
    folder = f"{platform.folder}/archive"
    os.makedirs(folder)
    with open(f"{folder}/index.html", "w") as file:
        file.write("<h1>Packed</h1>")
    subprocess.run(["tar", "-czf", f"{folder}.tar.gz", "-C", folder, "."], check=True)
    with open(f"{folder}.tar.gz", "rb") as file:
        content = list(file.read())
    page = person().page
    page.goto("/")
    transfer = page.evaluate_handle("""content => {
        const transfer = new DataTransfer();
        transfer.items.add(new File([new Uint8Array(content)], "site.tar.gz"));
        return transfer;
    }""", content)
    page.dispatch_event("#deploy-form", "drop", {"dataTransfer": transfer})
    page.locator("#chosen").wait_for()
    page.get_by_role("button", name="Deploy").click()
    assert platform.visit(deployed(page)) == (200, "<h1>Packed</h1>")


@story
def key_is_shown_once_and_works(person, platform):
    somebody = person()
    key = somebody.sign_up("key@example.com")
    assert json.loads(platform.call("GET", "/api/v1/me", key=key)[1])["user"]["email"] == "key@example.com"
    page = somebody.page
    page.goto("/account")
    assert key not in page.content()
    page.get_by_label("New key").fill("CI")
    page.get_by_role("button", name="Make a key").click()
    second = page.locator("#api-key").inner_text()
    assert platform.call("GET", "/api/v1/me", key=second)[0] == 200
    page.get_by_role("link", name="I saved it").click()
    assert second not in page.content()
    page.locator("summary[aria-label='Delete API key CI\u2026']").click()
    page.get_by_role("button", name="Delete API key CI for good").click()
    page.wait_for_url("**/account")
    assert platform.call("GET", "/api/v1/me", key=second)[0] == 401


@story
def push_while_the_page_is_open(person, platform):
    """The new deployment and its log appear without a reload."""
    somebody = person()
    key = somebody.sign_up("push@example.com")
    home = f"{platform.folder}/push"
    os.makedirs(home)
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", f"{home}/id"], check=True)
    page = somebody.page
    page.goto("/account")
    with open(f"{home}/id.pub") as file:
        page.get_by_label("Public key").fill(file.read())
    page.get_by_role("button", name="Add the key").click()
    page.get_by_text("SHA256:").wait_for()

    page.goto("/sites")
    page.get_by_role("button", name="New site").click()
    page.get_by_text("None yet.").wait_for()
    site = page.url.rsplit("/", 1)[1]
    remote = re.search(r"ssh://\S+", page.locator("#git-commands").inner_text())[0]
    git = ["git", "-C", home, "-c", "user.name=P", "-c", "user.email=p@example.com"]
    environment = dict(os.environ, GIT_SSH_COMMAND=(
        f"ssh -F none -i {home}/id -o IdentitiesOnly=yes -o UserKnownHostsFile=/dev/null -o StrictHostKeyChecking=no"))
    subprocess.run([*git, "init", "-q", "-b", "main"], check=True)
    with open(f"{home}/index.html", "w") as file:
        file.write("<h1>Pushed</h1>")
    subprocess.run([*git, "add", "index.html"], check=True)
    subprocess.run([*git, "commit", "-q", "-m", "first"], check=True)
    subprocess.run([*git, "push", "-q", remote, "main"], check=True, env=environment)
    page.locator("#deployments .status.live").wait_for()
    page.locator("#live-log #log").get_by_text("Static site: 2 files").or_(
        page.locator("#live-log #log").get_by_text("Static site: ")).first.wait_for()
    assert page.url.endswith(site)
    assert platform.call("GET", f"/api/v1/sites/{site}", key=key)[0] == 200


@story
def rollback_rename_delete(person, platform):
    somebody = person()
    key = somebody.sign_up("owner@example.com")
    site = platform.site(key)
    first = platform.paste(key, site, {"index.html": "one"})
    platform.paste(key, site, {"index.html": "two"})
    url = f"http://{site}.caster.localhost:{platform.port}"
    assert platform.visit(url) == (200, "two")
    page = somebody.page
    page.goto(f"/sites/{site}")
    page.get_by_role("button", name=f"Roll back to deployment {first['id']}").click()
    page.locator("#log-status.live").wait_for()
    assert platform.visit(url) == (200, "one")

    page.goto(f"/sites/{site}")
    page.get_by_label("Custom name").fill("short")
    page.evaluate("document.querySelector('form[action$=\"/rename\"]').noValidate = true")
    page.get_by_role("button", name="Rename").click()
    page.get_by_role("alert").get_by_text("a name has 8 to 63 characters").wait_for()
    assert page.get_by_label("Custom name").input_value() == "short"
    page.get_by_label("Custom name").fill("my-exhibition")
    page.get_by_role("button", name="Rename").click()
    page.get_by_role("heading", name="my-exhibition").wait_for()
    assert platform.visit(f"http://my-exhibition.caster.localhost:{platform.port}") == (200, "one")

    page.get_by_label("to delete the site").fill(site)
    page.get_by_role("button", name="Delete the site").click()
    page.get_by_role("alert").get_by_text("the site was not deleted").wait_for()
    page.get_by_label("to delete the site").fill("my-exhibition")
    page.get_by_role("button", name="Delete the site").click()
    page.wait_for_url("**/sites")
    assert platform.visit(url)[0] == 404


@story
def claim(person, platform):
    """From an anonymous page over signing up to an own site, and nothing is lost on the way."""
    page = person().page
    page.goto("/")
    page.get_by_label("HTML").fill("<h1>Mine</h1>")
    page.get_by_role("button", name="Deploy").click()
    url = deployed(page)
    page.get_by_role("link", name="Claim it").click()
    page.get_by_role("link", name="Sign up and claim").click()
    page.get_by_label("Email").fill("claimer@example.com")
    page.get_by_label("Password").fill("correct horse")
    page.get_by_role("button", name="Sign up").click()
    key = page.locator("#api-key").inner_text()
    page.get_by_role("link", name="I saved it, go on").click()
    page.get_by_role("button", name="Make it mine").click()
    page.wait_for_url("**/sites/*")
    site = page.url.rsplit("/", 1)[1]
    assert url == f"http://{site}.caster.localhost:{platform.port}"
    assert json.loads(platform.call("GET", f"/api/v1/sites/{site}", key=key)[1])["user_id"] is not None


def is_in_sight(page, line):
    """A line of the log comes to where one sees it, inside the log's own window."""
    page.wait_for_function("""line => {
        const [box, log] = [line, "log"].map(id => document.getElementById(id).getBoundingClientRect());
        return box.top >= log.top && box.bottom <= log.bottom;
    }""", arg=line)


@story
def failing_dockerfile(person, platform):
    """The log opens at the line that says why."""
    somebody = person()
    key = somebody.sign_up("docker@example.com")
    site = platform.site(key)
    deployment = platform.paste(key, site, {"Dockerfile": "FROM nothing-like-this\nRUN false\n"})
    assert deployment["status"] == "failed"
    page = somebody.page
    page.goto(f"/sites/{site}/deployments/{deployment['id']}")
    page.locator("#log .failed.target").wait_for()
    assert "Dockerfile" in page.locator(".problem").inner_text()

    # The log of an engine, which need not be there for it: it opens at the step that failed.
    lines = ["Step 1/3 : FROM base", " ---> 0123456789ab"] + ["Step 2/3 : RUN work"]
    lines += [f"line {n} of the first step" for n in range(200)]
    lines += ["Step 3/3 : RUN make <all>"] + [f"cc {n}.c" for n in range(100)] + ["make: *** [all] Error 2"]
    lines += ["Failed: building: The command '/bin/sh -c make' returned a non-zero code: 2; mend the Dockerfile and push"]
    with open(f"{platform.folder}/data/logs/{deployment['id']}.log", "w") as file:
        file.write("\n".join(lines) + "\n")
    page.reload()
    page.locator("#log .target").wait_for()
    assert page.locator("#log .target").get_attribute("id") == "L204"
    assert page.locator("#log .target").inner_text().strip() == "Step 3/3 : RUN make <all>"
    # It is what one sees, and the reason is on top.
    is_in_sight(page, "L204")
    problem = page.locator(".problem").inner_text()
    assert "Failed while building, at line 204: Step 3/3 : RUN make <all>" in problem, problem
    assert "returned a non-zero code: 2; mend the Dockerfile" in problem, problem
    page.get_by_role("link", name="204", exact=True).click()
    assert page.url.endswith("#L204")


@story
def container_from_the_page(person, platform):
    """A real engine: a failed step is what one sees first; a container is stopped, woken, and watched."""
    with Engine(platform.root) as engine:
        other = Platform(platform.root, DOCKER_HOST=f"unix://{engine.socket}", CASTER_STOP_SECONDS="2")
        try:
            somebody = person(platform=other)
            key = somebody.sign_up("container@example.com")
            site = other.site(key)
            app = open(f"{platform.root}/Tests/EndToEnd/Scripts/app.py").read()
            dockerfile = "FROM base\nCOPY . /app/\nEXPOSE 8080\n"
            broken = {"Dockerfile": dockerfile + "RUN echo so far && ls /nothing-here\n", "app.py": app}
            failed = other.paste(key, site, broken)
            assert failed["status"] == "failed", failed
            page = somebody.page
            page.goto(f"/sites/{site}/deployments/{failed['id']}")
            target = page.locator("#log .target")
            target.wait_for()
            assert target.inner_text().strip() == "Step 4/5 : RUN echo so far && ls /nothing-here", target.inner_text()
            is_in_sight(page, target.get_attribute("id"))
            assert "ls: /nothing-here: No such file or directory" in page.locator("#log").inner_text()
            assert "Failed while building" in page.locator(".problem").inner_text()

            files = {"Dockerfile": dockerfile + 'CMD ["python3", "/app/app.py"]\n', "app.py": app, "page.txt": "hello\n"}
            live = other.paste(key, site, files)
            assert live["status"] == "live", live
            url = f"http://{site}.caster.localhost:{other.port}/"
            assert other.visit(url) == (200, "hello\n")
            page.goto(f"/sites/{site}")
            state = page.locator("#container strong")
            assert state.inner_text() == "running"
            page.get_by_role("button", name="Stop it").click()
            page.get_by_role("button", name="Wake it").wait_for()
            assert state.inner_text() == "stopped"
            page.get_by_role("button", name="Wake it").click()
            page.get_by_role("button", name="Stop it").wait_for()
            assert state.inner_text() == "running"
            page.get_by_role("link", name="What it prints").click()
            page.locator("#log", has_text="starting").wait_for()
            # It follows: what a visit makes it print comes by itself.
            assert other.visit(url, "/print?text=seen-from-the-page") == (200, "printed")
            page.locator("#log", has_text="seen-from-the-page").wait_for()
        finally:
            other.stop()


@story
def traffic(person, platform):
    """What visitors ask for shows on the site's page, by hour, day and month."""
    somebody = person()
    key = somebody.sign_up("traffic@example.com")
    site = platform.site(key)
    platform.paste(key, site, {"index.html": "x" * 5000})
    page = somebody.page
    page.goto(f"/sites/{site}")
    page.get_by_text("No requests in the last day.").wait_for()
    url = f"http://{site}.caster.localhost:{platform.port}"
    for path in ("/", "/", "/none", "/?secret=1"):
        platform.visit(url, path)
    platform.until_counted(key, site, 4)
    page.reload()
    for period in ("day", "hour", "month"):
        page.get_by_role("link", name=f"Last {period}").click()
        page.get_by_role("img", name=f"Requests over the last {period}: 4, at most").wait_for()
        assert page.locator("#traffic .chart rect").count() >= 3
        assert page.locator("#traffic .shares").inner_text().split() == ["2xx:", "3", "4xx:", "1"]
    bar = page.locator("#traffic .chart rect").first.bounding_box()
    assert bar["width"] > 2 and bar["height"] > 40, bar


@story
def long_log(person, platform):
    """100,000 lines neither freeze the page nor colour it with anything but colours."""
    somebody = person()
    key = somebody.sign_up("log@example.com")
    site = platform.site(key)
    deployment = platform.paste(key, site, {"index.html": "x"})
    lines = [f"\x1b[32mok\x1b[0m line {number} <img src=x onerror=alert(1)>" for number in range(100_000)]
    lines.append("\x1b]0;title\x07\x1b[2J\x1b[31;1mred\x1b[0m plain")
    with open(f"{platform.folder}/data/logs/{deployment['id']}.log", "w") as file:
        file.write("\n".join(lines) + "\n")
    page = somebody.page
    page.add_init_script("""
        window.longest = 0;
        new PerformanceObserver((list) => {
            for (const task of list.getEntries()) window.longest = Math.max(window.longest, task.duration);
        }).observe({ type: "longtask" });""")
    page.goto(f"/sites/{site}/deployments/{deployment['id']}")
    page.locator("#L100001").wait_for(state="attached", timeout=60_000)
    assert page.locator("#log img").count() == 0
    assert page.locator("#L100001").inner_text().strip() == "red plain"
    assert page.locator("#L100001 span").get_attribute("class") == "c31 bold"
    longest = page.evaluate("window.longest")
    print(f"        the longest task while 100,000 lines arrive: {longest:.0f} ms")
    assert longest < 1000, longest
    page.goto(f"/sites/{site}/deployments/{deployment['id']}#L500")
    page.locator("#L500.target").wait_for(timeout=60_000)
    is_in_sight(page, "L500")
    page.evaluate("location.hash = 'L61234'")
    page.locator("#L61234.target").wait_for()
    is_in_sight(page, "L61234")


@story
def xss(person, platform):
    """Everything that people name shows as text."""
    somebody = person()
    attack = "\"'><img src=x onerror=alert(1)><script>alert(1)</script>"
    key = somebody.sign_up("xss@example.com")
    site = platform.site(key)
    platform.paste(key, site, {f"{attack.replace('/', '')}.html": attack, "index.html": attack})
    platform.call("POST", "/api/v1/api-keys", {"name": attack}, key)
    platform.call("POST", "/api/v1/api-keys", {"name": "\"\u0301 onmouseover=alert(1) "}, key)
    subprocess.run(
        ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", attack, "-f", f"{platform.folder}/xss"], check=True)
    with open(f"{platform.folder}/xss.pub") as file:
        assert platform.call("POST", "/api/v1/ssh-keys", {"public_key": file.read()}, key)[0] == 201
    page = somebody.page
    paths = [
        "/account", "/sites", f"/sites/{site}", "/sites?q=" + attack.replace("#", ""), f"/sites/{attack}",
        f"/sign-in?next={attack}", f"/claim#{attack}", f"/{attack}"]
    for path in paths:
        page.goto(path)
        assert page.locator("img").count() == 0, path
        assert page.locator("script:not([src])").count() == 0, path
        assert page.locator("[onmouseover], [onerror]").count() == 0, path
    for label, button in (("Custom name", "Rename"), ("to delete the site", "Delete the site")):
        page.goto(f"/sites/{site}")
        page.evaluate("for (const form of document.forms) form.noValidate = true")
        page.get_by_label(label).fill(attack)
        page.get_by_role("button", name=button).click()
        page.get_by_role("alert").wait_for()
        assert page.locator("img").count() == 0


@story
def form_of_a_sibling(person, platform):
    """A user's site, which is a sibling of the console, cannot sign anybody out or deploy in their name."""
    somebody = person()
    key = somebody.sign_up("victim@example.com")
    site = platform.site(key)
    platform.paste(key, site, {"index.html": f"""
        <form method=post action="{platform.origin}/sites"><input name=form_token value=x><button>Go</button></form>"""})
    page = somebody.page
    page.goto(f"http://{site}.caster.localhost:{platform.port}/")
    page.get_by_role("button", name="Go").click()
    page.get_by_text("was not sent by a page of this site").wait_for()
    page.goto("/sites")
    assert page.locator("tbody tr").count() == 1


@story
def without_javascript(person, platform):
    """The essentials: an anonymous paste, signing up, a paste to a site, keys, a rollback."""
    somebody = person(java_script_enabled=False)
    page = somebody.page
    page.goto("/")
    page.get_by_label("HTML").fill("<h1>Plain</h1>")
    page.get_by_role("button", name="Deploy").click()
    url = page.locator("a.big").inner_text()
    token = page.locator("#token").inner_text()
    somebody.sign_up("plain@example.com")
    page.goto("/claim")
    page.get_by_label("Claim token").fill(token)
    page.get_by_role("button", name="Make it mine").click()
    page.get_by_label("HTML").fill("<h1>Second</h1>")
    page.get_by_role("button", name="Deploy").click()
    page.wait_for_url("**/deployments/*")
    for _ in range(100):
        page.reload()
        if page.locator(".status.live").count():
            break
    assert platform.visit(url) == (200, "<h1>Second</h1>")
    assert "Static site" in page.locator("#log").inner_text()
    page.get_by_role("navigation").last.get_by_role("link", name="Sites").click()
    page.locator("tbody a").first.click()
    page.get_by_role("button", name="Roll back").first.click()
    page.wait_for_url("**/deployments/*")
    for _ in range(100):
        page.reload()
        if page.locator(".status.live").count():
            break
    assert platform.visit(url) == (200, "<h1>Plain</h1>")
    page.goto("/account")
    page.get_by_label("New key").fill("laptop")
    page.get_by_role("button", name="Make a key").click()
    assert platform.call("GET", "/api/v1/me", key=page.locator("#api-key").inner_text())[0] == 200


@story
def edit_a_file(person, platform):
    """A file is read and changed in the console, and the change is deployed; a page never runs there."""
    somebody = person()
    key = somebody.sign_up("editor@example.com")
    site = platform.site(key)
    text = "\n<h1>One</h1>\n<script>document.title = 'ran'</script>\n</textarea><img src=x onerror=alert(1)>\n"
    platform.paste(key, site, {"index.html": text, "a b/\u00fc.txt": "odd", "logo.bin": "\0"})
    url = f"http://{site}.caster.localhost:{platform.port}"
    page = somebody.page
    page.goto(f"/sites/{site}")
    page.get_by_role("link", name="Files").click()
    assert page.locator("tbody tr").count() == 3
    page.get_by_role("link", name="index.html").click()
    assert page.get_by_label("Content").input_value() == text
    assert page.locator("img").count() == 0 and page.title() != "ran"
    stale = page.url
    page.get_by_role("button", name="Save and deploy").click()
    page.locator("#log-status.live").wait_for()
    assert platform.visit(url) == (200, text)
    page.goto(stale)
    other = somebody.context.new_page()
    other.goto(stale)
    page.get_by_label("Content").fill(text.replace("One", "Two"))
    page.get_by_role("button", name="Save and deploy").click()
    page.locator("#log-status.live").wait_for()
    assert platform.visit(url) == (200, text.replace("One", "Two"))
    assert platform.visit(url, "/a%20b/%C3%BC.txt") == (200, "odd")
    other.get_by_label("Content").fill("three")
    other.get_by_role("button", name="Save and deploy").click()
    other.get_by_role("alert").get_by_text("the site has changed").wait_for()
    assert other.get_by_label("Content").input_value() == "three"
    page.goto(f"/sites/{site}/files")
    page.get_by_role("link", name="logo.bin").click()
    page.get_by_text("It is no text").wait_for()


@story
def account(person, platform):
    """The password, other browsers, and the end."""
    first, second = person(), person()
    key = first.sign_up("account@example.com")
    site = platform.site(key)
    platform.paste(key, site, {"index.html": "x"})
    second.page.goto("/sign-in?next=%2Faccount")
    second.page.get_by_label("Email").fill("account@example.com")
    second.page.get_by_label("Password").fill("correct horse")
    second.page.get_by_role("button", name="Sign in").click()
    second.page.get_by_role("heading", name="Account", exact=True).wait_for()

    page = first.page
    page.goto("/account")
    page.get_by_label("Current password").fill("wrong password")
    page.get_by_label("New password").fill("battery staple")
    page.get_by_role("button", name="Change the password").click()
    page.get_by_role("alert").get_by_text("the current password is wrong").wait_for()
    page.get_by_label("Current password").fill("correct horse")
    page.get_by_label("New password").fill("battery staple")
    page.get_by_role("button", name="Change the password").click()
    page.get_by_text("The password was changed").wait_for()
    second.page.goto("/account")
    second.page.get_by_role("heading", name="Sign in").wait_for()
    credentials = {"email": "account@example.com", "password": "battery staple"}
    assert platform.call("POST", "/api/v1/auth/login", credentials)[0] == 200

    page.get_by_label("Type account@example.com").fill("account@example.com")
    page.get_by_label("Password", exact=True).last.fill("battery staple")
    page.get_by_role("button", name="Delete the account").click()
    page.get_by_role("heading", name="Put a page online").wait_for()
    assert platform.call("GET", "/api/v1/me", key=key)[0] == 401
    assert platform.call("POST", "/api/v1/auth/login", credentials)[0] == 401
    assert platform.visit(f"http://{site}.caster.localhost:{platform.port}")[0] == 404


@story
def first_view_is_small(person, platform):
    """What a first visit transfers, and that nothing comes from elsewhere."""
    somebody = person()
    requests = []
    somebody.page.on("requestfinished", lambda request: requests.append(
        (request.url, sum(request.sizes()[part] for part in ("responseBodySize", "responseHeadersSize")))))
    somebody.page.goto("/")
    somebody.page.wait_for_load_state("networkidle")
    total = sum(size for _, size in requests)
    print(f"        first view: {total} bytes in {len(requests)} requests")
    assert total < 60_000, requests
    assert all(url.startswith(platform.origin) for url, _ in requests), requests


class Program:
    """A program on the person's machine that asks for access, as editors do: it listens for the answer on loopback."""

    def __init__(self, platform, host, family=socket.AF_INET):
        program = self
        self.answers = queue.Queue()

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                address = urllib.parse.urlsplit(self.path)
                if address.path == "/callback":  # a browser also asks for an icon
                    program.answers.put(dict(urllib.parse.parse_qsl(address.query)))
                self.send_response(200)
                self.send_header("Content-Type", "text/html")
                self.end_headers()
                self.wfile.write(b"<title>Program</title>Go back to the program.")

            def log_message(self, *arguments):
                pass

        class Server(http.server.HTTPServer):
            address_family = family

        self.server = Server(("::1" if family == socket.AF_INET6 else "127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.callback = f"http://{host}:{self.server.server_address[1]}/callback"
        self.platform = platform
        self.metadata = json.loads(platform.call("GET", "/.well-known/oauth-authorization-server")[1])
        status, text = platform.call(
            "POST", "/oauth/register", {"client_name": "A <b>bold</b> editor", "redirect_uris": [self.callback]})
        assert status == 201, text
        self.client = json.loads(text)["client_id"]
        self.verifier = secrets.token_urlsafe(48)

    def address(self, **changes):
        """What the program opens in the browser."""
        digest = hashlib.sha256(self.verifier.encode()).digest()
        fields = {
            "response_type": "code", "client_id": self.client, "redirect_uri": self.callback, "state": "a state",
            "code_challenge": base64.urlsafe_b64encode(digest).decode().rstrip("="), "code_challenge_method": "S256",
            **changes}
        path = urllib.parse.urlsplit(self.metadata["authorization_endpoint"]).path
        return f"{path}?{urllib.parse.urlencode(fields)}"

    def answer(self):
        return self.answers.get(timeout=10)

    def token(self, code):
        body = {
            "grant_type": "authorization_code", "code": code, "redirect_uri": self.callback, "client_id": self.client,
            "code_verifier": self.verifier}
        request = urllib.request.Request(
            f"{self.platform.origin.replace('localhost', '127.0.0.1')}/oauth/token", urllib.parse.urlencode(body).encode())
        with urllib.request.urlopen(request, timeout=20) as answer:
            return json.loads(answer.read())["access_token"]

    def stop(self):
        self.server.shutdown()
        self.server.server_close()


def connect(somebody, platform, program):
    """The person allows it, and the program lists the person's sites."""
    page = somebody.page
    page.goto(program.address())
    assert page.get_by_role("heading").inner_text() == "Connect A <b>bold</b> editor?"
    page.get_by_role("button", name="Allow", exact=True).click()
    page.get_by_text("Go back to the program.").wait_for()
    answer = program.answer()
    assert answer["state"] == "a state" and answer["iss"] == program.metadata["issuer"], answer
    call = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "list_sites", "arguments": {}}}
    status, text = platform.call("POST", "/api/v1/mcp", call, program.token(answer["code"]))
    assert status == 200 and '"isError":false' in text, text


@story
def program_is_allowed(person, platform):
    """A program asks, the person signs up on the way, allows it, finds it under Account and ends its access."""
    somebody = person()
    page = somebody.page
    program = Program(platform, "127.0.0.1")
    page.goto(program.address())
    page.get_by_role("main").get_by_role("link", name="Sign up").click()
    page.get_by_label("Email").fill("allower@example.com")
    page.get_by_label("Password").fill("correct horse")
    page.get_by_role("button", name="Sign up").click()
    page.get_by_role("link", name="I saved it, go on").click()
    connect(somebody, platform, program)

    page.goto(program.address())
    page.get_by_role("button", name="Do not allow").click()
    page.get_by_text("Go back to the program.").wait_for()
    assert program.answer()["error"] == "access_denied"
    program.stop()

    page.goto("/account")
    assert page.get_by_role("rowheader", name="A <b>bold</b> editor").count() == 1


@story
def assistant_is_allowed(person, platform):
    """The official MCP client, from 401 to a tool call: its own flow, the approval in the browser."""
    somebody = person()
    somebody.sign_up("assisted@example.com")
    answers = queue.Queue()

    def come_back(route):
        answers.put(dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(route.request.url).query)))
        route.fulfill(content_type="text/html", body="Go back to the assistant.")

    somebody.page.route("http://127.0.0.1:53682/callback*", come_back)
    client = subprocess.Popen(
        [f"{platform.root}/.build/venvs/mcp-2/bin/python", f"{platform.root}/Tests/EndToEnd/Scripts/mcp_oauth.py",
         f"{platform.origin}/api/v1/mcp"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        somebody.page.goto(client.stdout.readline().strip())
        somebody.page.get_by_role("button", name="Allow", exact=True).click()
        somebody.page.get_by_text("Go back to the assistant.").wait_for()
        words, _ = client.communicate(json.dumps(answers.get(timeout=10)) + "\n", timeout=60)
        seen = json.loads(words)
        assert seen["sites"] == [[], []] and seen["refreshed"] and seen["iss"] == platform.origin, seen
    finally:
        client.kill()


@story
def programs_that_listen_elsewhere(person, platform):
    """The answer reaches a program by a name, by IPv6 and without scripts; a broken request is answered too."""
    for number, (host, family, script) in enumerate([
        ("localhost", socket.AF_INET, True), ("[::1]", socket.AF_INET6, True), ("127.0.0.1", socket.AF_INET, False),
    ]):
        somebody = person(java_script_enabled=script)
        program = Program(platform, host, family)
        email = f"listener{number}@example.com"
        if script:
            somebody.sign_up(email)
            connect(somebody, platform, program)
        else:
            platform.call("POST", "/api/v1/auth/register", {"email": email, "password": "correct horse"})
            somebody.page.goto(program.address(code_challenge_method="plain"))
            assert program.answer()["error"] == "invalid_request"
            somebody.page.goto(program.address())
            somebody.page.get_by_label("Email").fill(email)
            somebody.page.get_by_label("Password").fill("correct horse")
            somebody.page.get_by_role("button", name="Sign in").click()
            connect(somebody, platform, program)
        program.stop()
