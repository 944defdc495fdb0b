"""Runs the stories, each in a browser profile of its own."""

import os
import sys
import time
import traceback

from playwright.sync_api import sync_playwright

import screenshots
import stories
from platform_process import Platform


class Person:
    """Somebody with a browser."""

    def __init__(self, browser, platform, **options):
        self.platform = platform
        self.context = browser.new_context(base_url=platform.origin, locale="en", **options)
        self.context.set_default_timeout(15_000)
        self.page = self.context.new_page()
        self.complaints = []
        self.page.on("pageerror", lambda error: self.complaints.append(f"script: {error}"))
        self.page.on("console", self._note)
        self.page.on("dialog", lambda dialog: (self.complaints.append(f"dialog: {dialog.message}"), dialog.dismiss()))

    def _note(self, message):
        # A refused form is an answer like any other; a refused script or style is a finding.
        if message.type == "error" and "Failed to load resource" not in message.text:
            self.complaints.append(f"console: {message.text}")

    def sign_up(self, email, password="correct horse"):
        """Returns the API key that is shown."""
        self.page.goto("/sign-up")
        self.page.get_by_label("Email").fill(email)
        self.page.get_by_label("Password").fill(password)
        self.page.get_by_role("button", name="Sign up").click()
        key = self.page.locator("#api-key").inner_text()
        self.page.get_by_role("link", name="I saved it, go on").click()
        return key


def main(root, names):
    wanted = [story for story in stories.ALL if not names or story.__name__ in names]
    if not wanted:
        sys.exit("no such story; there are: " + " ".join(story.__name__ for story in stories.ALL))
    platform = Platform(root)
    failed = []
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path="/usr/bin/chromium",
                args=["--no-sandbox", "--host-resolver-rules=MAP * 127.0.0.1, EXCLUDE ::1"])
            for story in wanted:
                people = []

                def person(platform=platform, **options):
                    people.append(Person(browser, platform, **options))
                    return people[-1]

                started = time.monotonic()
                try:
                    story(person, platform)
                    complaints = [complaint for somebody in people for complaint in somebody.complaints]
                    assert not complaints, complaints
                    print(f"ok      {story.__name__} ({time.monotonic() - started:.1f} s)", flush=True)
                except Exception:
                    failed.append(story.__name__)
                    print(f"FAILED  {story.__name__}\n{traceback.format_exc()}", flush=True)
                for somebody in people:
                    somebody.context.close()
            if not names:
                screenshots.take(browser, platform, f"{root}/.build/screenshots")
            browser.close()
    except BaseException:
        print(platform.words(), file=sys.stderr)
        raise
    finally:
        platform.stop()
    if failed:
        sys.exit(f"failed: {' '.join(failed)}")


main(os.path.abspath(sys.argv[1]), sys.argv[2:])
