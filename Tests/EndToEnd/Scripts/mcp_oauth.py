"""From 401 to a tool call: the official SDK's OAuth client, 2.x or 1.x, and a browser without scripts that signs in and
says yes. Prints what it saw as one JSON object.

    mcp_oauth.py <url> <email> <password>
    mcp_oauth.py <url>    prints what to open in a browser, and reads what the browser brought back from a line of JSON
"""
import asyncio
import html.parser
import http.cookiejar
import json
import sys
import urllib.error
import urllib.parse
import urllib.request

from mcp.client.auth import OAuthClientProvider
from mcp.shared.auth import OAuthClientMetadata

URL, *ACCOUNT = sys.argv[1:]
CALLBACK = "http://127.0.0.1:53682/callback"
seen = {"pages": []}


class Forms(html.parser.HTMLParser):
    """The forms of a page, with their fields and buttons."""

    def __init__(self, text):
        super().__init__()
        self.forms = []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        if tag == "form":
            self.forms.append((attributes["action"], {}))
        elif tag == "input" and self.forms:
            self.forms[-1][1][attributes["name"]] = attributes.get("value", "")


class Browser:
    """Cookies, forms and redirects, as far as the program that waits for the answer."""

    def __init__(self):
        class Stay(urllib.request.HTTPRedirectHandler):
            def redirect_request(self, *_):
                return None

        self.jar = http.cookiejar.CookieJar()
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.jar), Stay)

    def open(self, url, fields=None):
        """Returns where the browser is in the end, and the page."""
        request = urllib.request.Request(url, headers={"Accept": "text/html"})
        if fields is not None:
            request.data = urllib.parse.urlencode(fields).encode()
            request.add_header("Sec-Fetch-Site", "same-origin")
        try:
            with self.opener.open(request, timeout=30) as response:
                seen["pages"].append(urllib.parse.urlsplit(url).path)
                return url, response.read().decode()
        except urllib.error.HTTPError as error:
            if error.code not in (302, 303):
                raise SystemExit(f"{url}: {error.code} {error.read().decode()}")
            target = urllib.parse.urljoin(url, error.headers["Location"])
            return (target, "") if target.startswith(CALLBACK) else self.open(target)

    def submit(self, url, page, action, **values):
        fields = next(fields for target, fields in Forms(page).forms if target == action)
        return self.open(urllib.parse.urljoin(url, action), {**fields, **values})


def approve(url):
    if not ACCOUNT:
        print(url, flush=True)
        return json.loads(sys.stdin.readline())
    browser = Browser()
    place, page = browser.open(url)
    place, page = browser.submit(place, page, "/sign-in", email=ACCOUNT[0], password=ACCOUNT[1])
    seen["asked"] = page
    place, _ = browser.submit(place, page, "/oauth/authorize", decision="allow")
    return dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(place).query))


class Storage:
    tokens = client = None

    async def get_tokens(self):
        return self.tokens

    async def set_tokens(self, tokens):
        self.tokens = tokens

    async def get_client_info(self):
        return self.client

    async def set_client_info(self, client):
        self.client = client


async def main():
    answer = {}
    storage = Storage()

    async def redirect(url):
        answer.update(await asyncio.to_thread(approve, url))

    async def callback():
        try:
            from mcp.client.auth import AuthorizationCodeResult
        except ImportError:
            try:
                from mcp.shared.auth import AuthorizationCodeResult
            except ImportError:
                return answer["code"], answer["state"]
        return AuthorizationCodeResult(**answer)

    provider = OAuthClientProvider(
        URL, OAuthClientMetadata(client_name="Test assistant", redirect_uris=[CALLBACK]), storage, redirect, callback)

    async def use(call):
        result = (await call("list_sites", {})).model_dump(by_alias=True)
        seen.setdefault("sites", []).append(result["structuredContent"]["sites"])

    try:
        import httpx2
        from mcp import Client
        from mcp.client.streamable_http import streamable_http_client

        async with httpx2.AsyncClient(auth=provider, timeout=60) as http:
            async with Client(streamable_http_client(URL, http_client=http), mode="auto") as client:
                await use(client.call_tool)
                # The token runs out: the next call refreshes it.
                before = storage.tokens.access_token
                provider.context.token_expiry_time = 1
                await use(client.call_tool)
                seen["refreshed"] = storage.tokens.access_token != before
    except ImportError:
        from mcp import ClientSession
        from mcp.client.streamable_http import streamablehttp_client

        async with streamablehttp_client(URL, auth=provider) as (read, write, _):
            async with ClientSession(read, write) as session:
                await session.initialize()
                await use(session.call_tool)
    seen["iss"] = answer.get("iss")
    seen["access_token"] = storage.tokens.access_token
    seen["client_id"] = storage.client.client_id
    print(json.dumps(seen))


asyncio.run(main())
