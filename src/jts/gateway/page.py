"""The page: built files, and index.html for every address that is the page's own to route."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Receive, Scope, Send

from jts.gateway.gate import is_guarded
from jts.gateway.problems import Problem

IMMUTABLE = "public, max-age=31536000, immutable"
REVALIDATE = "no-cache"
HASHED_FOLDER = "assets"
"""Vite puts files whose names carry the hash of their content here."""


class Page:
    """What is served where no route of the API is: an ASGI application."""

    def __init__(self, web_dist: Path | None) -> None:
        self._dist = web_dist
        self._files = None if web_dist is None else StaticFiles(directory=web_dist, check_dir=False)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008, "reason": ""})
            return
        if is_guarded(scope["path"]):
            raise HTTPException(404)
        if scope["method"] not in ("GET", "HEAD"):
            raise Problem(405, "the page is only read", headers={"Allow": "GET, HEAD"})
        await (await self._answer(scope))(scope, receive, send)

    async def _answer(self, scope: Scope) -> Response:
        if self._dist is None or self._files is None or not (self._dist / "index.html").is_file():
            return HTMLResponse(_NOT_BUILT, status_code=503, headers={"Cache-Control": "no-store"})
        path = PurePosixPath(scope["path"].lstrip("/"))
        found = await self._file(str(path), scope)
        if found is None and path.suffix and "." in path.name:
            raise Problem(404, "there is no such file on the page")
        if found is None or str(path) in (".", "index.html"):
            found = await self._file("index.html", scope)
            assert found is not None, "index.html was there a moment ago"
        is_hashed = path.parts[:1] == (HASHED_FOLDER,)
        found.headers["Cache-Control"] = IMMUTABLE if is_hashed else REVALIDATE
        return found

    async def _file(self, path: str, scope: Scope) -> Response | None:
        """The file below the built page, or None. Names that lead outside are not found."""
        assert self._files is not None
        if path == "." or "\x00" in path:
            return None
        try:
            return await self._files.get_response(path, scope)
        except HTTPException as error:
            if error.status_code in (404, 405):
                return None
            raise


_NOT_BUILT = (
    '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>JTS: the page is not built</title>'
    '<meta name="viewport" content="width=device-width, initial-scale=1"></head><body><main>'
    "<h1>The page has not been built yet</h1>"
    "<p>The platform runs and its API answers. To build the page, type <code>make build</code> in the folder "
    "of the project and load this address again.</p>"
    '<p lang="ko">화면이 아직 만들어지지 않았습니다. '
    "프로젝트 폴더에서 <code>make build</code>를 실행한 뒤 다시 여세요.</p></main></body></html>"
)
