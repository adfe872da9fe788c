"""A file is what its bytes say; nothing else is asked."""

import pytest
from made_files import glb, mp4, picture, usdz, webm

from rackhouse.media.errors import MediaTypeNotTaken
from rackhouse.media.rules.sniffing import HEAD_BYTES, sniffed

SVG = b'<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


@pytest.mark.parametrize(
    ("octets", "media_type"),
    [
        (picture(), "image/jpeg"),
        (picture(form="PNG"), "image/png"),
        (picture(form="WEBP"), "image/webp"),
        (picture(form="GIF"), "image/gif"),
        (picture(64, 64, form="AVIF"), "image/avif"),
        (mp4(), "video/mp4"),
        (webm(), "video/webm"),
        (glb(), "model/gltf-binary"),
        (usdz(), "model/vnd.usdz+zip"),
    ],
)
def test_each_kind_of_file_is_known_by_how_it_begins(octets: bytes, media_type: str) -> None:
    assert sniffed(octets[:HEAD_BYTES]).name == media_type


@pytest.mark.parametrize(
    ("octets", "found"),
    [
        (b"", "nothing"),
        (SVG, "an SVG drawing, which may hold scripts"),
        (b"\xef\xbb\xbf <svg onload='alert(1)'/>", "an SVG drawing, which may hold scripts"),
        (b"<!DOCTYPE html><script>alert(1)</script>", "HTML or XML"),
        (b"  <html>", "HTML or XML"),
        (b"%PDF-1.7", "a PDF document"),
        (b"II*\0\x08\0\0\0", "a TIFF picture"),
        (b"\x7fELF\2\1\1", "a program"),
        (mp4(brand=b"qt  "), "a QuickTime film"),
        (mp4(brand=b"heic").replace(b"mp41", b"mif1"), "a file of another ISO brand, such as HEIC"),
        (webm(doctype=b"matroska"), "Matroska, not WebM"),
        (usdz([("readme.txt", b"hello")]), "an archive that is no USDZ"),
        (b"#usda 1.0\n", "a USD layer by itself, not a USDZ"),
        (b"just words", "of no type that is known here"),
    ],
)
def test_what_is_not_taken_is_named(octets: bytes, found: str) -> None:
    with pytest.raises(MediaTypeNotTaken) as refused:
        sniffed(octets[:HEAD_BYTES])
    assert refused.value.found == found
    assert "image/jpeg" in str(refused.value)
