"""Films and models are taken whole, with all in them; what is spoilt or reaches outside is not."""

import json
import struct
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_files import LAYER, boxed, element, glb, mp4, picture, usdz, webm

from rackhouse.media.errors import MediaDamaged, MediaRefersOutside
from rackhouse.media.rules.films import Film, checked_mp4, checked_webm
from rackhouse.media.rules.models import check_glb, check_usdz
from rackhouse.media.rules.octets import Octets

CHECKS: dict[str, tuple[Callable[[Octets], object], bytes]] = {
    "mp4": (checked_mp4, mp4()),
    "webm": (checked_webm, webm()),
    "glb": (check_glb, glb()),
    "usdz": (check_usdz, usdz([("a.usda", LAYER), ("0/wood.png", picture(8, 8, "PNG"))])),
}
BAD_HTML = b"<script>alert(1)</script>"


def test_a_film_says_how_large_and_how_long_it_is() -> None:
    assert checked_mp4(mp4()) == Film(640, 360, 2.5)
    assert checked_webm(webm()) == Film(320, 240, 1.5)


def test_a_film_that_was_filmed_upright_is_upright() -> None:
    matrix = struct.pack(">9i", 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)
    turned = struct.pack(">9i", 0, 0x10000, 0, -0x10000, 0, 0, 0, 0, 0x40000000)
    assert checked_mp4(mp4().replace(matrix, turned)) == Film(360, 640, 2.5)


def test_a_live_recording_has_no_length_of_its_own() -> None:
    whole = webm()
    begins = whole.index(bytes.fromhex("18538067"))
    unknown = whole[: begins + 4] + b"\x01" + b"\xff" * 7 + whole[begins + 12 :]
    assert checked_webm(unknown).width == 320


@pytest.mark.parametrize("form", CHECKS)
def test_a_sound_file_is_taken(form: str) -> None:
    check, octets = CHECKS[form]
    check(octets)


@pytest.mark.parametrize("form", CHECKS)
def test_a_file_that_is_cut_off_anywhere_is_refused(form: str) -> None:
    check, octets = CHECKS[form]
    for length in {*range(16, len(octets), max(1, len(octets) // 60)), len(octets) - 1}:
        with pytest.raises((MediaDamaged, MediaRefersOutside)):
            check(octets[:length])


@pytest.mark.parametrize("form", CHECKS)
def test_nothing_may_follow_a_file(form: str) -> None:
    check, octets = CHECKS[form]
    for more in (BAD_HTML, b"\0" * 7, usdz(), glb()):
        with pytest.raises(MediaDamaged):
            check(octets + more)


@pytest.mark.parametrize("form", CHECKS)
@given(data=st.data())
def test_a_spoilt_file_is_taken_or_refused_and_nothing_else_happens(
    form: str, data: st.DataObject
) -> None:
    check, octets = CHECKS[form]
    spoilt = bytearray(octets)
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(4, len(spoilt) - 1))
        spoilt[at] = data.draw(st.integers(0, 255))
    try:
        check(bytes(spoilt))
    except (MediaDamaged, MediaRefersOutside) as refusal:
        assert str(refusal)


def test_a_film_whose_data_is_in_another_file_is_refused() -> None:
    with pytest.raises(MediaRefersOutside) as refused:
        checked_mp4(mp4(reference=b"http://elsewhere.example/film.mp4"))
    assert refused.value.reference == "'http://elsewhere.example/film.mp4'"


def test_a_film_without_pictures_is_refused() -> None:
    sound = boxed(b"ftyp", b"isom\0\0\0\0") + boxed(b"moov") + boxed(b"mdat", b"\0")
    with pytest.raises(MediaDamaged, match="no picture track"):
        checked_mp4(sound)
    with pytest.raises(MediaDamaged, match="no box mdat"):
        checked_mp4(sound[: -len(boxed(b"mdat", b"\0"))])
    heard = element(0x1A45DFA3, element(0x4282, b"webm")) + element(
        0x18538067, element(0x1654AE6B, element(0xAE, b"")) + element(0x1F43B675, b"\xe7\x81\0")
    )
    with pytest.raises(MediaDamaged, match="no picture track"):
        checked_webm(heard)


@pytest.mark.parametrize(
    "described",
    [
        {"buffers": [{"byteLength": 36, "uri": "https://elsewhere.example/a.bin"}]},
        {"images": [{"uri": "../wood.png"}]},
        {"images": [{"uri": "file:///etc/passwd"}]},
        {"extensions": {"VENDOR_sound": {"sources": [{"uri": "//elsewhere.example/a.mp3"}]}}},
    ],
)
def test_a_model_that_refers_outside_is_refused(described: dict[str, object]) -> None:
    with pytest.raises(MediaRefersOutside):
        check_glb(glb(described))


def test_a_model_may_hold_its_data_as_text() -> None:
    check_glb(glb({"images": [{"uri": "data:image/png;base64,AAAA"}]}))


@pytest.mark.parametrize(
    ("octets", "problem"),
    [
        (glb({"asset": {"version": "1.0"}}), "does not say glTF 2.0"),
        (glb({"buffers": [{"byteLength": 3600}]}), "not as long as its buffer"),
        (glb({"bufferViews": [{"buffer": 0, "byteLength": 37}]}), "beyond its buffer"),
        (glb({"bufferViews": [{"buffer": 7, "byteLength": 1}]}), "beyond its buffer"),
        (glb({"images": [{"bufferView": 9}]}), "is not there"),
        (glb({"buffers": "none"}), "no list of objects"),
        (glb({"bufferViews": [{"buffer": 0, "byteLength": -1}]}), "no whole number"),
        (glb().replace(b"JSON", b"NOSJ"), "first chunk is not JSON"),
        (glb().replace(b'{"asset"', b'["asset"'), "can not be read"),
        (glb({"nodes": json.loads("[" * 100 + "]" * 100)}), "deep"),
    ],
)
def test_a_model_that_contradicts_itself_is_refused(octets: bytes, problem: str) -> None:
    with pytest.raises(MediaDamaged, match=problem):
        check_glb(octets)


def test_json_that_nests_without_end_is_refused() -> None:
    told = b'{"asset":' + b"[" * 200_000 + b"  "
    told += b" " * (-len(told) % 4)
    chunk = struct.pack("<I4s", len(told), b"JSON") + told
    with pytest.raises(MediaDamaged, match="can not be read"):
        check_glb(struct.pack("<4sII", b"glTF", 2, 12 + len(chunk)) + chunk)


@pytest.mark.parametrize(
    ("octets", "problem"),
    [
        (usdz(aligned=False), "not aligned"),
        (usdz(method=8), "packed"),
        (usdz([("wood.png", b"x"), ("a.usda", LAYER)]), "first file is no USD layer"),
        (usdz([("a.usda", b"not a layer")]), "first file is no USD layer"),
        (usdz([("a.usda", LAYER), ("../../etc/cron.d/x.png", b"x")]), "leads elsewhere"),
        (usdz([("a.usda", LAYER), ("/etc/x.png", b"x")]), "leads elsewhere"),
        (usdz([("a.usda", LAYER), ("c:\\x.png", b"x")]), "leads elsewhere"),
        (usdz([("a.usda", LAYER), ("run.sh", b"x")]), "no layer, picture or sound"),
        (usdz([("a.usda", LAYER), ("a.usda", LAYER)]), "the same name"),
        (usdz([]), "it is empty"),
        (usdz().replace(b"Bottle", b"Battle"), "another checksum"),
        (BAD_HTML + usdz(), "list of files is not where it should be"),
    ],
)
def test_an_archive_that_is_no_usdz_is_refused(octets: bytes, problem: str) -> None:
    with pytest.raises(MediaDamaged, match=problem):
        check_usdz(octets)


@pytest.mark.parametrize(
    "name", ["https://elsewhere.example/a.usda", "/etc/passwd", "../wood.png", "file:///a.png"]
)
def test_a_layer_that_names_what_is_not_in_its_archive_is_refused(name: str) -> None:
    layer = LAYER + f'def Shader "A" {{ asset inputs:file = @{name}@ }}\n'.encode()
    with pytest.raises(MediaRefersOutside) as refused:
        check_usdz(usdz([("a.usda", layer)]))
    assert refused.value.reference == repr(name)
    check_usdz(usdz([("a.usda", layer.replace(name.encode(), b"0/wood.png"))]))


def test_files_of_an_archive_that_overlap_are_refused() -> None:
    """As in a bomb whose files all share one large piece."""
    two = usdz([("a.usda", LAYER), ("b.usda", LAYER)])
    listed = two.rindex(b"PK\x01\x02")
    shared = two[: listed + 42] + struct.pack("<I", 0) + two[listed + 46 :]
    with pytest.raises(MediaDamaged):
        check_usdz(shared.replace(b"b.usda", b"a.usda"))
