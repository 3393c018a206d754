"""The server, by HTTP. The standard library's client only; one connection that is kept open, for each thread."""

from __future__ import annotations

import http.client
import json
import os
import socket
import ssl
import threading
import urllib.parse
from typing import Any, Dict, Mapping, Optional, Tuple

from ._errors import Problem, RanksweepError, Unreachable, invalid

DEFAULT_URL = "http://127.0.0.1:7300"
_BROKEN = (http.client.HTTPException, ConnectionError, socket.timeout, socket.gaierror, ssl.SSLError, OSError)


class Client:
    """Speaks to one server. Every method raises RanksweepError, or Unreachable when the server does not answer."""

    def __init__(self, url: Optional[str] = None, token: Optional[str] = None, timeout: float = 30) -> None:
        self.url = (url or os.environ.get("RANKSWEEP_URL") or DEFAULT_URL).rstrip("/")
        self.timeout = timeout
        self._token = token or os.environ.get("RANKSWEEP_TOKEN")
        self._parts = urllib.parse.urlsplit(self.url)
        self._local = threading.local()
        if self._parts.scheme not in ("http", "https") or not self._parts.hostname:
            raise invalid("url", url or self.url, f"expected something like {DEFAULT_URL}")

    def query(self, document: str, variables: Optional[Mapping[str, Any]] = None) -> Dict[str, Any]:
        """One GraphQL operation. @returns its data"""
        body = json.dumps({"query": document, "variables": dict(variables or {})}, allow_nan=False).encode()
        status, answer, _ = self.request("POST", "/graphql", body, "application/json")
        try:
            parsed = json.loads(answer)
        except ValueError:
            raise _http_error(status, answer, self.url) from None
        if isinstance(parsed, dict) and parsed.get("errors"):
            raise _graphql_error(parsed["errors"])
        if not isinstance(parsed, dict) or not isinstance(parsed.get("data"), dict):
            raise _http_error(status, answer, self.url)
        data: Dict[str, Any] = parsed["data"]
        return data

    def send(self, method: str, path: str, body: bytes, content_type: str) -> bytes:
        status, answer, _ = self.request(method, path, body, content_type)
        if status >= 300:
            raise _http_error(status, answer, self.url)
        return answer

    def request(
        self, method: str, path: str, body: Optional[bytes] = None, content_type: str = "", accept: str = "*/*"
    ) -> Tuple[int, bytes, http.client.HTTPMessage]:
        """Answers (status, body, headers). A connection that the server closed while it was idle is opened once more."""
        headers = {"Accept": accept, "Connection": "keep-alive"}
        if content_type:
            headers["Content-Type"] = content_type
        if self._token:
            headers["Authorization"] = f"Bearer {self._token}"
        is_old = getattr(self._local, "connection", None) is not None
        try:
            return self._exchange(method, path, body, headers)
        except _BROKEN as error:
            self.close()
            if not is_old or isinstance(error, socket.timeout):
                raise Unreachable(f"no answer from {self.url}: {error or type(error).__name__}") from error
        try:
            return self._exchange(method, path, body, headers)
        except _BROKEN as error:
            self.close()
            raise Unreachable(f"no answer from {self.url}: {error or type(error).__name__}") from error

    def close(self) -> None:
        connection = getattr(self._local, "connection", None)
        self._local.connection = None
        if connection is not None:
            connection.close()

    def _exchange(
        self, method: str, path: str, body: Optional[bytes], headers: Dict[str, str]
    ) -> Tuple[int, bytes, http.client.HTTPMessage]:
        connection = self._connection()
        connection.request(method, self._parts.path + path, body, headers)
        response = connection.getresponse()
        answer = response.read()
        if response.will_close:
            self.close()
        return response.status, answer, response.headers

    def _connection(self) -> http.client.HTTPConnection:
        connection: Optional[http.client.HTTPConnection] = getattr(self._local, "connection", None)
        if connection is None:
            host = self._parts.hostname or ""
            if self._parts.scheme == "https":
                connection = http.client.HTTPSConnection(host, self._parts.port, timeout=self.timeout)
            else:
                connection = http.client.HTTPConnection(host, self._parts.port, timeout=self.timeout)
            self._local.connection = connection
        return connection


def _graphql_error(errors: Any) -> RanksweepError:
    extensions = errors[0].get("extensions") or {}
    return _error(extensions.get("code", "INTERNAL"), errors[0].get("message", ""), extensions.get("problems"))


def _http_error(status: int, answer: bytes, url: str) -> RanksweepError:
    try:
        parsed = json.loads(answer)["error"]
        return _error(parsed["code"], parsed["message"], parsed.get("problems"))
    except (ValueError, KeyError, TypeError):
        text = answer[:200].decode("utf-8", "replace")
        if status in (502, 503, 504):
            return Unreachable(f"{url} answers {status}: {text}")
        return RanksweepError("INTERNAL", f"{url} answers {status}: {text}")


def _error(code: str, message: str, problems: Any) -> RanksweepError:
    known = [Problem(str(one.get("field", "")), str(one.get("message", ""))) for one in problems or []]
    return RanksweepError(str(code), str(message), known)
