"""A small server that speaks S3, as far as files need it, and believes nobody: each request's
signature is computed anew (AWS Signature Version 4), and so is the checksum of what it brings."""

import hashlib
import hmac
import re
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from urllib.parse import quote
from xml.sax.saxutils import escape, unescape

from aiohttp import web

__all__ = ["ACCESS_KEY", "BUCKET", "SECRET_KEY", "S3Server", "served_s3", "signature_of"]

ACCESS_KEY, SECRET_KEY, REGION, BUCKET = "AKEXAMPLE", "wJalrXUtnFEMI", "eu-west-1", "shelf"
_AUTHORIZATION = re.compile(
    r"AWS4-HMAC-SHA256 Credential=(?P<key>[^/]+)/(?P<scope>\d{8}/[^/]+/s3/aws4_request), ?"
    r"SignedHeaders=(?P<signed>[^,]+), ?Signature=(?P<signature>[0-9a-f]{64})"
)


class S3Server:
    """The objects of one bucket, and what went wrong with requests for them."""

    def __init__(self) -> None:
        self.objects: dict[str, tuple[bytes, datetime, str]] = {}
        self.parts: dict[str, dict[int, bytes]] = {}
        self.refused: list[str] = []
        self.lame = 0
        self.page_limit = 1000

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answer a request."""
        body = await request.read()
        fault = self._fault(request, body)
        if fault:
            self.refused.append(fault)
            return web.Response(status=403, text=f"<Error><Code>{fault}</Code></Error>")
        if self.lame:
            self.lame -= 1
            return web.Response(status=503, text="<Error><Code>SlowDown</Code></Error>")
        bucket, _, key = request.path.lstrip("/").partition("/")
        if bucket != BUCKET:
            return web.Response(status=404, text="<Error><Code>NoSuchBucket</Code></Error>")
        if not key:
            return self._remove(body) if request.method == "POST" else self._list(request)
        return getattr(self, f"_{request.method.lower()}")(request, key, body)

    def _fault(self, request: web.Request, body: bytes) -> str | None:
        found = _AUTHORIZATION.fullmatch(request.headers.get("Authorization", ""))
        if found is None or found["key"] != ACCESS_KEY:
            return "AccessDenied"
        told = request.headers.get("x-amz-content-sha256", "")
        if told not in ("UNSIGNED-PAYLOAD", hashlib.sha256(body).hexdigest()):
            return "XAmzContentSHA256Mismatch"
        canonical = _canonical(request, found["signed"].split(";"), told)
        wanted = signature_of(SECRET_KEY, request.headers["x-amz-date"], found["scope"], canonical)
        same = hmac.compare_digest(wanted, found["signature"])
        return None if same else "SignatureDoesNotMatch"

    def _list(self, request: web.Request) -> web.Response:
        asked = request.query
        after = asked.get("continuation-token") or asked.get("start-after", "")
        prefix = asked.get("prefix", "")
        keys = sorted(key for key in self.objects if key.startswith(prefix) and key > after)
        limit = min(int(asked.get("max-keys", "1000")), self.page_limit)
        shown = keys[:limit]
        told = "".join(
            f"<Contents><Key>{escape(key)}</Key><Size>{len(self.objects[key][0])}</Size>"
            f"<LastModified>{self.objects[key][1]:%Y-%m-%dT%H:%M:%S.%fZ}</LastModified>"
            f"<ETag>&quot;{_etag(self.objects[key][0])}&quot;</ETag></Contents>"
            for key in shown
        )
        more = len(keys) > limit
        token = f"<NextContinuationToken>{shown[-1]}</NextContinuationToken>" if more else ""
        head = f"<IsTruncated>{str(more).lower()}</IsTruncated><KeyCount>{len(shown)}</KeyCount>"
        return _xml(f"<ListBucketResult>{head}{token}{told}</ListBucketResult>")

    def _remove(self, body: bytes) -> web.Response:
        """Several at once (DeleteObjects)."""
        keys = re.findall(r"<Key>(.*?)</Key>", body.decode())
        for key in keys:
            self.objects.pop(unescape(key), None)
        told = "".join(f"<Deleted><Key>{key}</Key></Deleted>" for key in keys)
        return _xml(f"<DeleteResult>{told}</DeleteResult>")

    def _put(self, request: web.Request, key: str, body: bytes) -> web.Response:
        upload = request.query.get("uploadId")
        if upload is not None:
            self.parts[upload][int(request.query["partNumber"])] = body
        else:
            self._keep(key, body, request.content_type)
        return web.Response(headers={"ETag": f'"{_etag(body)}"'})

    def _post(self, request: web.Request, key: str, body: bytes) -> web.Response:
        if "uploads" in request.query:
            upload = uuid.uuid4().hex
            self.parts[upload] = {}
            told = f"<Bucket>{BUCKET}</Bucket><Key>{key}</Key><UploadId>{upload}</UploadId>"
            return _xml(f"<InitiateMultipartUploadResult>{told}</InitiateMultipartUploadResult>")
        parts = self.parts.pop(request.query["uploadId"])
        self._keep(key, b"".join(parts[number] for number in sorted(parts)), "")
        told = f"<Bucket>{BUCKET}</Bucket><Key>{key}</Key><ETag>&quot;x&quot;</ETag>"
        return _xml(f"<CompleteMultipartUploadResult>{told}</CompleteMultipartUploadResult>")

    def _get(self, request: web.Request, key: str, _: bytes) -> web.Response:
        found = self.objects.get(key)
        if found is None:
            return web.Response(status=404, text="<Error><Code>NoSuchKey</Code></Error>")
        octets, changed_at, media_type = found
        headers = {
            "ETag": f'"{_etag(octets)}"',
            "Last-Modified": f"{changed_at:%a, %d %b %Y %H:%M:%S GMT}",
            "Content-Type": media_type or "application/octet-stream",
        }
        part = re.fullmatch(r"bytes=(\d+)-(\d+)", request.headers.get("Range", ""))
        if part is None:
            return web.Response(body=octets, headers=headers)
        start, end = int(part[1]), min(int(part[2]) + 1, len(octets))
        headers["Content-Range"] = f"bytes {start}-{end - 1}/{len(octets)}"
        return web.Response(status=206, body=octets[start:end], headers=headers)

    _head = _get

    def _delete(self, request: web.Request, _: str, __: bytes) -> web.Response:
        self.parts.pop(request.query.get("uploadId", ""), None)
        return web.Response(status=204)

    def _keep(self, key: str, octets: bytes, media_type: str) -> None:
        self.objects[key] = (octets, datetime.now(UTC), media_type)


def signature_of(secret: str, at: str, scope: str, canonical: str) -> str:
    """The signature of a request, from its canonical form."""
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    text = "\n".join(["AWS4-HMAC-SHA256", at, scope, digest])
    key = f"AWS4{secret}".encode()
    for step in scope.split("/"):
        key = hmac.digest(key, step.encode(), "sha256")
    return hmac.digest(key, text.encode(), "sha256").hex()


def _canonical(request: web.Request, signed: list[str], payload: str) -> str:
    query = sorted((quote(k, safe="-_.~"), quote(v, safe="-_.~")) for k, v in request.query.items())
    headers = [f"{name}:{' '.join(request.headers.get(name, '').split())}" for name in signed]
    return "\n".join(
        [
            request.method,
            request.rel_url.raw_path,
            "&".join(f"{name}={value}" for name, value in query),
            *headers,
            "",
            ";".join(signed),
            payload,
        ]
    )


def _etag(octets: bytes) -> str:
    return hashlib.md5(octets).hexdigest()


def _xml(told: str) -> web.Response:
    return web.Response(text=f"<?xml version='1.0'?>{told}", content_type="application/xml")


@asynccontextmanager
async def served_s3() -> AsyncIterator[tuple[S3Server, dict[str, object]]]:
    """The server on a free port of the loopback, and what a store of obstore must be told."""
    server = S3Server()
    app = web.Application(client_max_size=64 * 1024 * 1024)
    app.router.add_route("*", "/{path:.*}", server.handle)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    told = {
        "access_key_id": ACCESS_KEY,
        "secret_access_key": SECRET_KEY,
        "region": REGION,
        "endpoint": f"http://127.0.0.1:{port}",
        "client_options": {"allow_http": True},
    }
    try:
        yield server, told
    finally:
        await runner.cleanup()
