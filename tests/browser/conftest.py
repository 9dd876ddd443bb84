"""A headless browser, and the book on a server of its own."""

import functools
import sys
import threading
from collections.abc import Callable, Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.browser.opened import Opened
from tests.explorers.course import explorer
from tools import chromium


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *args) -> None:
        """Say nothing."""


class Server(ThreadingHTTPServer):
    def handle_error(self, request, client_address) -> None:
        """Say nothing of a browser that left before it had read the answer."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


# While Playwright lives, its event loop keeps other tests from running theirs.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium.find(), args=list(chromium.FLAGS))
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def serve() -> Iterator:
    """A function from a folder to the address of a loopback server over it."""
    servers = []

    def start(folder) -> str:
        handler = functools.partial(Quiet, directory=str(folder))
        server = Server(("127.0.0.1", 0), handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        return f"http://127.0.0.1:{server.server_port}"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture(scope="session")
def addresses(book, serve) -> dict[str, str]:
    """Where the book is, by the two ways to read it."""
    return {"folder": book.as_uri(), "server": serve(book)}


@pytest.fixture(scope="module")
def open_explorer(browser, tmp_path_factory) -> Iterator[Callable[..., Opened]]:
    """A function that opens an explorer's output, as a notebook has it, on a page of its own."""
    folder, opened = tmp_path_factory.mktemp("explorers"), []

    def open_one(kind: str, **options) -> Opened:
        file = folder / f"{kind}.html"
        file.write_text(f"<!doctype html><meta charset='utf-8'><title>t</title>{explorer(kind).html()}")
        opened.append(Opened(browser, file, **options))
        return opened[-1]

    yield open_one
    for one in opened:
        one.context.close()
