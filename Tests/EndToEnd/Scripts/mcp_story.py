"""An assistant's day with the official SDK as its MCP client, 2.x or 1.x, whichever this Python has: every tool once, and
what goes wrong. Prints what it saw as one JSON object.

    mcp_story.py <url> <API key> <mode>    mode: auto, legacy or 2026-07-28 (2.x only); sse, the transport of 2024 (1.x)
"""
import asyncio
import contextlib
import json
import sys

import jsonschema

try:
    import httpx2 as httpx
    from mcp import Client
    from mcp.client.streamable_http import streamable_http_client
except ImportError:
    Client = None
    from mcp import ClientSession
    from mcp.client.sse import sse_client
    from mcp.client.streamable_http import streamablehttp_client

URL, KEY, MODE = sys.argv[1:4]
HEADERS = {"Authorization": f"Bearer {KEY}"}


class Assistant:
    """The same calls over both generations of the SDK."""

    def __init__(self, call, tools, protocol, instructions):
        self.call_tool, self.protocol, self.instructions = call, protocol, instructions
        self.tools = {tool.name: tool for tool in tools}
        self.progress = []

    async def __call__(self, name, /, progress=False, **arguments):
        async def report(value, total, message):
            self.progress.append([value, message])

        result = await self.call_tool(name, arguments, progress_callback=report if progress else None)
        fields = result.model_dump(by_alias=True)
        structured, schema = fields.get("structuredContent"), schema_of(self.tools[name])
        if structured is not None:
            jsonschema.validate(structured, schema)
        if not fields["isError"]:
            assert json.loads(fields["content"][0]["text"]) == structured
        return {"error": fields["isError"], "text": fields["content"][0]["text"], **(structured or {})}


def schema_of(tool):
    return getattr(tool, "output_schema", None) or getattr(tool, "outputSchema", None)


@contextlib.asynccontextmanager
async def connect():
    if Client:
        async with httpx.AsyncClient(headers=HEADERS, timeout=60) as http:
            async with Client(streamable_http_client(URL, http_client=http), mode=MODE) as client:
                tools = (await client.list_tools()).tools
                yield Assistant(client.call_tool, tools, client.protocol_version, client.instructions)
        return
    transport = sse_client if MODE == "sse" else streamablehttp_client
    async with transport(URL, headers=HEADERS) as (read, write, *_):
        async with ClientSession(read, write) as session:
            hello = await session.initialize()
            await session.send_ping()
            tools = (await session.list_tools()).tools
            yield Assistant(session.call_tool, tools, hello.protocolVersion, hello.instructions)


def page(text):
    return [{"name": "index.html", "content": text}, {"name": "css/style.css", "content": "body { color: \u00fc }"}]


async def main():
    seen = {}
    async with connect() as assistant:
        seen["protocol"], seen["instructions"] = assistant.protocol, assistant.instructions
        seen["tools"] = list(assistant.tools)
        seen["deployed"] = await assistant("deploy_site", progress=True, files=page("<h1>one \U0001f600</h1>"))
        seen["progress"] = list(assistant.progress)
        site = seen["deployed"]["site"]
        seen["listed"] = await assistant("list_sites")
        seen["site"] = await assistant("get_site", site=site)
        seen["log"] = await assistant("get_deployment_logs", site=site)
        seen["files"] = await assistant("read_site_files", site=site)
        change = dict(site=site, base=seen["files"]["commit_sha"], files=[{"name": "new.html", "content": "new"}])
        seen["patched"] = await assistant("patch_site_files", **change, delete=["css/style.css"])
        seen["conflict"] = await assistant("patch_site_files", **{**change, "files": page("too late")})
        seen["after"] = await assistant("read_site_files", site=site, max_bytes=0)
        seen["again"] = await assistant("deploy_site", site=site, files=page("<h1>two</h1>"))
        seen["back"] = await assistant(
            "rollback_site", site=site, deployment_id=seen["deployed"]["deployment_id"], progress=True)
        seen["failed"] = await assistant(
            "deploy_site", site=site, files=[{"name": "Dockerfile", "content": "FROM scratch"}])
        seen["missing"] = await assistant("get_site", site="nobodys-site")
        seen["renamed"] = await assistant("rename_site", site=site, name=sys.argv[4])
        seen["deleted"] = await assistant("delete_site", site=sys.argv[4])
        seen["left"] = await assistant("list_sites")
        try:
            assistant.tools["no_such_tool"] = assistant.tools["get_site"]
            await assistant("no_such_tool", site=site)
        except Exception as error:
            seen["unknown"] = getattr(error, "code", None) or error.error.code
    print(json.dumps(seen))


asyncio.run(main())
